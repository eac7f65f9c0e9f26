// One run of a sampler: its output goes to a file, its CPU time is looked at from outside.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpuMs, readPeakBytes, readReapedCpuMs } from '../process-facts.ts';
import { Child } from './children.ts';
import { Output } from './output.ts';
import type { Program, Sampling } from './program.ts';

/** One look at a running sampler. */
export interface Look {
  /** Of all its threads and of the children that it has waited for. */
  readonly cpuMs: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

const END_LIMIT_MS = 10_000;

export class ProgramRun {
  private readonly child: Child;
  private readonly program: Program;
  private readonly file: string;
  private readonly fd: number;

  /** `wrapper`: words before the command, such as strace and its options. */
  constructor(program: Program, sampling: Sampling, folder: string, wrapper: readonly string[] = []) {
    this.program = program;
    this.file = path.join(folder, `${program.name}.out`);
    this.fd = openSync(this.file, 'w');
    const errors = openSync(`${this.file}.err`, 'w');
    this.child = new Child([...wrapper, ...program.command(sampling)], {
      stdio: ['ignore', this.fd, errors],
      endSignal: 'SIGTERM',
    });
    closeSync(errors);
  }

  look(): Look {
    const { pid } = this.child;
    const cpuMs = readCpuMs(pid);
    if (cpuMs === undefined || this.child.exitCode !== null) throw new Error(this.failure());
    return {
      cpuMs: cpuMs + readReapedCpuMs(pid),
      bytes: fstatSync(this.fd).size,
      peakBytes: readPeakBytes(pid) ?? NaN,
    };
  }

  /** Ends it and reads what it printed. */
  async end(): Promise<Output> {
    await this.child.stop();
    return this.read();
  }

  /** Waits for its own end, `ms` from now. */
  async finish(ms: number): Promise<Output> {
    await this.child.wait(ms + END_LIMIT_MS);
    return this.read();
  }

  private read(): Output {
    closeSync(this.fd);
    return new Output(this.program.format, readFileSync(this.file));
  }

  private failure(): string {
    const told = readFileSync(`${this.file}.err`, 'utf8').slice(-500) + this.printed();
    return `${this.program.name} ended with ${this.child.exitCode}: ${told}`;
  }

  /** A sampler that speaks the stream tells its trouble there. */
  private printed(): string {
    return readFileSync(this.file, 'latin1')
      .slice(-500)
      .replaceAll(/[^ -~]+/g, ' ');
  }
}

export interface WindowFigures {
  readonly cpuMs: number;
  readonly samples: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

/** What happens in the middle of a run, attaching and ending left out. */
export async function measureWindow(
  program: Program,
  sampling: Sampling,
  { folder, processes, windowMs }: { folder: string; processes: number; windowMs: number },
): Promise<WindowFigures> {
  const run = new ProgramRun(program, sampling, folder);
  await sleep(program.settleMs(processes));
  const first = run.look();
  await sleep(windowMs);
  const last = run.look();
  const output = await run.end();
  return {
    cpuMs: last.cpuMs - first.cpuMs,
    samples: output.countBefore(last.bytes) - output.countBefore(first.bytes),
    bytes: last.bytes - first.bytes,
    peakBytes: last.peakBytes,
  };
}
