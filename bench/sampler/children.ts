// Every process that the benchmark starts: in a group of its own, which ends with the benchmark, however that ends.
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 5_000;
const living = new Set<Child>();

process.once('exit', () => {
  for (const child of living) child.killGroup();
});

export interface ChildOptions {
  readonly stdio?: StdioOptions;
  /** What tells it to end: php-fpm's master must live long enough to end its workers. */
  readonly endSignal?: NodeJS.Signals;
}

export class Child {
  readonly pid: number;
  readonly process: ChildProcess;
  private readonly endSignal: NodeJS.Signals;
  private readonly ended: Promise<unknown>;

  /** Should even the benchmark's exit handler not run, the kernel sends the end signal. */
  constructor(command: readonly string[], { stdio = 'ignore', endSignal = 'SIGKILL' }: ChildOptions = {}) {
    this.endSignal = endSignal;
    this.process = spawn('setpriv', ['--pdeathsig', endSignal.slice(3), '--', ...command], {
      stdio,
      detached: true,
    });
    if (this.process.pid === undefined) throw new Error(`${command[0] ?? ''} could not be started.`);
    this.pid = this.process.pid;
    living.add(this);
    this.ended = once(this.process, 'close').then(() => living.delete(this));
  }

  get exitCode(): number | string | null {
    return this.process.signalCode ?? this.process.exitCode;
  }

  killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  }

  /** Waits for its own end, at most so long; then its group is ended. */
  async wait(limitMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.killGroup();
    }, limitMs);
    await this.ended;
    clearTimeout(timer);
  }

  async stop(signal = this.endSignal): Promise<void> {
    if (this.exitCode === null) this.process.kill(signal);
    await this.wait(GRACE_MS);
    this.killGroup();
  }
}

/** Starts `count` of them, gives them a moment, and fails if one has ended. */
export async function startAll(count: number, command: readonly string[]): Promise<readonly Child[]> {
  const children = Array.from({ length: count }, () => new Child(command));
  await sleep(500);
  const dead = children.find(({ exitCode }) => exitCode !== null);
  if (dead !== undefined) throw new Error(`\`${command.join(' ')}\` ended with ${dead.exitCode}.`);
  return children;
}
