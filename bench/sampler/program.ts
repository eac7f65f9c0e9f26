// The programs that are measured, and their command lines: the same options for each.

export type Format = 'stream' | 'text';

export interface Sampling {
  /** A process by its id, or all that pgrep finds with these arguments. */
  readonly of: { readonly pid: number } | { readonly pgrep: string };
  readonly rateHz: number;
  /** After it the sampler ends by itself. */
  readonly limitMs?: number;
  /** Further words that both programs understand. */
  readonly options?: readonly string[];
}

export interface Program {
  readonly name: 'spybridge' | 'phpspy';
  readonly file: string;
  readonly format: Format;
  /** What it needs to find so many processes, to attach to them, and to come to rest. */
  readonly settleMs: (processes: number) => number;
  readonly command: (sampling: Sampling) => readonly string[];
}

/** No run is longer; should nobody end a sampler, it ends itself. */
const LIMIT_MS = 180_000;
/** Threads of phpspy, one for each process that it samples at a time. */
const THREADS = '80';

function words({ of, rateHz, limitMs = LIMIT_MS, options = [] }: Sampling): readonly string[] {
  const who = 'pid' in of ? ['-p', String(of.pid)] : ['-P', of.pgrep];
  return [...who, '-H', String(rateHz), '-i', String(limitMs), ...options];
}

/** With a pattern, the sampler looks at every process of the machine more than once in its first seconds. */
export function makeSampler(file: string): Program {
  return {
    name: 'spybridge',
    file,
    format: 'stream',
    settleMs: (processes) => (processes === 1 ? 2_000 : 6_500),
    command: (sampling) => [file, '--format', 'stream', ...words(sampling)],
  };
}

/** `-J m` is what its help asks for where several threads print. Attaching costs it some 100 ms of CPU time per process. */
export function makePhpspy(file: string): Program {
  return {
    name: 'phpspy',
    file,
    format: 'text',
    settleMs: (processes) => 2_000 + 150 * processes,
    command: (sampling) => [
      ...[file, ...words(sampling)],
      ...('pgrep' in sampling.of ? ['-T', THREADS, '-J', 'm'] : []),
    ],
  };
}
