// Counts system calls of a program and its children: by the kernel's tracepoints (perf), else by strace.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** All system calls; sleeps, one for each attempt of a sampler; programs that were executed, its own included. */
export type Counted = 'all' | 'sleeps' | 'executions';

export interface CallCounter {
  readonly name: string;
  /** Words before the command; the count lies in the file afterwards. */
  readonly wrap: (counted: Counted, file: string) => readonly string[];
  readonly read: (counted: Counted, file: string) => number;
}

const perfEvents = {
  all: 'raw_syscalls:sys_enter',
  sleeps: 'syscalls:sys_enter_clock_nanosleep',
  executions: 'sched:sched_process_exec',
};
const perf: CallCounter = {
  name: 'perf',
  wrap: (counted, file) => ['perf', 'stat', '-x,', '-o', file, '-e', perfEvents[counted], '--'],
  read: (_, file) => readPerfCount(readFileSync(file, 'utf8')),
};

const straceFilters = {
  all: [],
  sleeps: ['--seccomp-bpf', '-e', 'trace=clock_nanosleep'],
  executions: ['--seccomp-bpf', '-e', 'trace=execve'],
};
const strace: CallCounter = {
  name: 'strace',
  wrap: (counted, file) => ['strace', '-f', '-c', '-o', file, ...straceFilters[counted], '--'],
  read: (counted, file) => {
    const { calls, failed } = readStraceCounts(readFileSync(file, 'utf8'));
    // A program that is looked for in every folder of PATH is executed once.
    return counted === 'executions' ? calls - failed : calls;
  },
};

/** The first that works here. */
export function findCallCounter(folder: string): CallCounter | undefined {
  return [perf, strace].find(({ wrap, read }) => {
    const file = `${folder}/counter-probe`;
    const [program = '', ...words] = wrap('all', file);
    const { status } = spawnSync(program, [...words, 'true'], { stdio: 'ignore' });
    return status === 0 && read('all', file) > 0;
  });
}

/** A line of `perf stat -x,`: the count comes first. */
export function readPerfCount(text: string): number {
  const line = text.split('\n').find((one) => /^\d+,/.test(one));
  return line === undefined ? NaN : Number.parseInt(line, 10);
}

/** The last line of `strace -c`: its fourth column counts calls, a fifth those that failed. */
export function readStraceCounts(text: string): { readonly calls: number; readonly failed: number } {
  const columns = /^ *100\.00 +(.*) total$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number) ?? [];
  const [, , calls = 0, failed = 0] = columns;
  return { calls, failed };
}
