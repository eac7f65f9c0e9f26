// The built program, run as a user runs it, with its log as facts.
import path from 'node:path';
import { execa } from 'execa';

const program = path.join(import.meta.dirname, '../../../bin/spybridge.js');

export interface LogLine {
  readonly event?: string;
  readonly level?: string;
  readonly [fact: string]: unknown;
}

export interface BridgeRun {
  readonly pid: number;
  readonly exitCode: Promise<number | undefined>;
  readonly lines: LogLine[];
  readonly stdout: () => string;
  readonly stderr: () => string;
  kill(signal: NodeJS.Signals): void;
  /** The last facts with an accounting in them. */
  totals(): Totals;
}

export interface Totals {
  readonly received: number;
  readonly replayed: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly dropped: number;
  readonly pending: number;
  readonly droppedBy?: Readonly<Record<string, number>>;
}

export function startBridge(args: readonly string[], env: Readonly<Record<string, string>> = {}): BridgeRun {
  const child = execa('node', [program, ...args], {
    reject: false,
    env,
    stdin: 'ignore',
    cleanup: true,
    buffer: false,
  });
  const lines: LogLine[] = [];
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.startsWith('{')) lines.push(JSON.parse(part) as LogLine);
  });
  return {
    pid: child.pid!,
    exitCode: child.then((result) => result.exitCode),
    lines,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => {
      child.kill(signal);
    },
    totals: () => {
      const line = lines.findLast(({ received }) => received !== undefined);
      return line as unknown as Totals;
    },
  };
}

/** received + replayed = delivered + filtered + dropped + pending */
export function isClosed({ received, replayed, delivered, filtered, dropped, pending }: Totals): boolean {
  return received + replayed === delivered + filtered + dropped + pending;
}
