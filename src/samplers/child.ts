// One life of a sampler: started in its own process group, watched, stopped with all its descendants.
import { closeSync } from 'node:fs';
import { execa } from 'execa';
import { SpybridgeError } from '../model/errors.ts';
import { openOutputPipe } from './output-pipe.ts';
import type { OutputReader, OutputTarget } from './output-reader.ts';
import { readPipe, readStream } from './output-reader.ts';
import type { SamplerPlan } from './sampler.ts';
import type { StderrLog } from './stderr-log.ts';

/** Between SIGTERM and SIGKILL. */
export const KILL_AFTER_MS = 5_000;
/** How long output is read on after the sampler's end, when something else holds its pipe open. */
export const READ_ON_MS = 2_000;

export interface ChildEnd {
  /** undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly lifeMs: number;
}

export interface Child {
  readonly pid: number;
  /** Settles when the sampler is gone and its output is read; never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Asks it to end; after KILL_AFTER_MS it is killed. */
  stop(): void;
  /** Ends it and its descendants at once. */
  kill(): void;
}

export interface ChildOptions {
  readonly plan: SamplerPlan;
  readonly environment: Readonly<Record<string, string>>;
  readonly target: OutputTarget;
  readonly stderr: StderrLog;
}

/** Throws SpybridgeError('sampler_missing') where the program can't be started. */
export async function startChild({ plan, environment, target, stderr }: ChildOptions): Promise<Child> {
  const pipe = await openOutputPipe();
  const startedAt = performance.now();
  const subprocess = execa(plan.program, plan.args, {
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    extendEnv: false,
    env: environment,
    stdin: 'ignore',
    // Any descriptor works; execa's types only list the first ones.
    stdout: pipe === undefined ? 'pipe' : (pipe.writeFd as 3),
    stderr: 'pipe',
  });
  if (pipe !== undefined) closeSync(pipe.writeFd);
  const { pid } = subprocess;
  if (pid === undefined) {
    if (pipe !== undefined) closeSync(pipe.readFd);
    const result = await subprocess;
    throw new SpybridgeError(
      'sampler_missing',
      `The sampler ${plan.program} could not be started: ${result.code ?? ''}.`,
      {
        hint: 'Check that the file is a program for this machine.',
        cause: result,
      },
    );
  }
  const reader = pipe === undefined ? readStream(subprocess.stdout!, target) : readPipe(pipe.readFd, target);
  subprocess.stderr.on('data', (chunk: Buffer) => {
    stderr.push(chunk);
  });
  const exited = new Promise<ChildEnd>((resolve) => {
    subprocess.once('exit', (code, signal) => {
      resolve({
        exitCode: code ?? undefined,
        signal: signal ?? undefined,
        lifeMs: performance.now() - startedAt,
      });
    });
  });
  const kill = (): void => {
    signalGroup(pid, 'SIGKILL');
  };
  return { pid, ended: finish(pid, exited, reader, stderr), stop: makeStop(pid, exited), kill };
}

async function finish(
  pid: number,
  exited: Promise<ChildEnd>,
  reader: OutputReader,
  stderr: StderrLog,
): Promise<ChildEnd> {
  const end = await exited;
  let timer: NodeJS.Timeout | undefined;
  const isRead = await Promise.race([
    reader.ended.then(() => true),
    new Promise<boolean>((resolve) => (timer = setTimeout(resolve, READ_ON_MS, false))),
  ]);
  clearTimeout(timer);
  if (!isRead) {
    // A grandchild lives on with the pipe in its hands; it belongs to the sampler's group.
    signalGroup(pid, 'SIGKILL');
    reader.stop();
    await reader.ended;
  }
  stderr.end();
  return end;
}

function makeStop(pid: number, exited: Promise<ChildEnd>): () => void {
  let isStopping = false;
  return () => {
    if (isStopping) return;
    isStopping = true;
    signalGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => {
      signalGroup(pid, 'SIGKILL');
    }, KILL_AFTER_MS);
    void exited.then(() => {
      clearTimeout(timer);
    });
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: all of the group is gone already, which is what was wanted.
  }
}
