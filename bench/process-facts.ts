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

/** Of /proc/PID/stat: Linux tells user space of hundredths of a second, whatever it counts in. */
const TICK_MS = 10;

/** CPU time of the children that the process has waited for, and of theirs. 0 when it is gone. */
export function readReapedCpuMs(pid: number): number {
  const fields = readOrEmpty(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  // cutime and cstime are the fields 16 and 17; the first one here is 3.
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * TICK_MS;
}

/** Living children of the process's main thread. */
export function readChildren(pid: number): readonly number[] {
  return readOrEmpty(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Ended between two looks.
    return '';
  }
}
