// What Linux tells of a running process, read from /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Peak resident memory in bytes; undefined when the process is gone. */
export function readPeakBytes(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readOrEmpty(`/proc/${pid}/status`));
  return match === null ? undefined : Number(match[1]) * 1_024;
}

/** CPU time of the process's living threads, to the nanosecond; its children are not in it. Undefined when it is gone. */
export function readCpuMs(pid: number): number | undefined {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return undefined;
  }
  const nanos = threads.map((thread) =>
    Number(readOrEmpty(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
  );
  return nanos.reduce((sum, own) => sum + own, 0) / 1e6;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Ended between two looks.
    return '';
  }
}
