// Processes that sleep inside a stack of distinct functions, without opcache: CPU time, system calls, bytes and memory per sample.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CallCounter } from './call-counter.ts';
import type { Case, Figures, Surroundings } from './case.ts';
import { startAll } from './children.ts';
import { sleepingScript } from './php-source.ts';
import { measureWindow, ProgramRun } from './program-run.ts';
import type { Program, Sampling } from './program.ts';

export interface SteadyOptions {
  readonly name: string;
  readonly processes: number;
  readonly depth: number;
  readonly rateHz: number;
  readonly roundsMax: number;
  /** Two runs more per program. */
  readonly countsCalls?: boolean;
}

export function steadyCase(options: SteadyOptions): Case {
  const { name, processes, depth, rateHz, roundsMax, countsCalls = false } = options;
  return {
    ...{ name, roundsMax, isShared: true },
    async start({ place, counter, windowMs }: Surroundings) {
      const script = place.file(`sleeping-${depth}.php`);
      writeFileSync(script, sleepingScript(depth));
      const children = await startAll(processes, [place.php, '-n', script]);
      const of = processes === 1 ? { pid: children[0]!.pid } : { pgrep: `-x ${path.basename(place.php)}` };
      const sampling = { of, rateHz };
      const counted = new Set<Program>();
      return {
        async measure(program) {
          const window = { folder: place.folder, processes, windowMs };
          const seen = await measureWindow(program, sampling, window);
          const figures: Figures = {
            'us per sample': (seen.cpuMs * 1_000) / seen.samples,
            'bytes per sample': seen.bytes / seen.samples,
            'peak MB': seen.peakBytes / 1e6,
            'share of rate %': (100 * seen.samples) / ((rateHz * processes * windowMs) / 1_000),
          };
          if (!countsCalls || counter === undefined || counted.has(program)) return figures;
          counted.add(program);
          const request = { program, sampling, counter, folder: place.folder };
          return { ...figures, ...(await countCalls(request, program.settleMs(processes), windowMs)) };
        },
        stop: () => Promise.all(children.map((child) => child.stop())),
      };
    },
  };
}

interface CountRequest {
  readonly program: Program;
  readonly sampling: Sampling;
  readonly counter: CallCounter;
  readonly folder: string;
}

/** Two runs, one longer than the other: what the longer has more is sampling alone, without attaching. */
async function countCalls(request: CountRequest, settleMs: number, windowMs: number): Promise<Figures> {
  const short = await countRun(request, settleMs);
  const long = await countRun(request, settleMs + 1_000 * Math.ceil(windowMs / 1_000));
  const samples = long.samples - short.samples;
  return {
    'system calls per sample': (long.calls - short.calls) / samples,
    'system calls per sample, as it says': (long.ownCalls - short.ownCalls) / samples,
  };
}

async function countRun({ program, sampling, counter, folder }: CountRequest, ms: number) {
  const file = `${folder}/${program.name}.calls`;
  const limitMs = 1_000 * Math.ceil(ms / 1_000);
  const run = new ProgramRun(program, { ...sampling, limitMs }, folder, counter.wrap('all', file));
  const output = await run.finish(limitMs);
  return {
    calls: counter.read('all', file),
    samples: output.countBefore(output.bytes.length),
    ownCalls: output.counters().get('syscalls') ?? NaN,
  };
}
