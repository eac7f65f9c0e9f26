// A process that plays PHP (native/tests/fake) and misbehaves as it is told to.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';

const native = path.join(import.meta.dirname, '../../../native');
/** What `make` needs to know to build with address and undefined-behaviour checks. */
export const CHECKED = [
  'BUILD=build/asan',
  'CFLAGS=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all',
];

/** The sampler built with address and undefined-behaviour checks. */
export const CHECKED_SAMPLER = path.join(native, 'build/asan/sampler');

/** Builds the fake and the checked sampler; quick when they are there. */
export async function buildFake(): Promise<void> {
  await execa('make', ['-s', '-C', native, 'build/sampler', 'build/fake_php']);
  await execa('make', ['-s', '-C', native, ...CHECKED, 'build/asan/sampler']);
}

export interface FakePhp {
  readonly pid: number;
  /** With the code or the signal it ended by. */
  readonly ended: Promise<number | string | null>;
  /** Resolves when the process is in that state. */
  enter(state: string): Promise<void>;
  stop(): Promise<void>;
}

/** `version` is that of the table's row, such as 84; `kind` what is wrong with it from the start. */
export async function startFake(version: number, kind = ''): Promise<FakePhp> {
  const child = spawn(path.join(native, 'build/fake_php'), [String(version), kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string | null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const readLine = async (wanted: string): Promise<void> => {
    const { value } = (await lines.next()) as { value: string | undefined };
    if (value !== wanted) throw new Error(`The fake said '${value}', not '${wanted}'.`);
  };
  await readLine('good');
  return {
    pid: child.pid!,
    ended,
    enter: async (state) => {
      child.stdin.write(`${state}\n`);
      await readLine(state.startsWith('exec ') ? 'good' : state);
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
