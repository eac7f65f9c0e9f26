// The sampler's benchmark: every case with both programs, alternated, then the tables.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { goalTable } from '../goal.ts';
import { findCallCounter } from './call-counter.ts';
import type { Case, Figures, Surroundings } from './case.ts';
import { makeCases } from './cases.ts';
import { judge } from './goals.ts';
import { Place } from './place.ts';
import type { Program } from './program.ts';
import { makePhpspy, makeSampler } from './program.ts';
import { Results } from './results.ts';
import { wholeWay } from './whole-way.ts';

export interface SamplerBenchOptions {
  readonly sampler: string;
  readonly bridge: string;
  readonly peer: string | undefined;
  readonly rounds: number;
  readonly only: string;
  readonly isQuick: boolean;
}

export async function benchSampler(options: SamplerBenchOptions): Promise<void> {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const place = new Place();
  const counter = findCallCounter(place.folder);
  if (counter === undefined)
    console.error('Neither perf nor strace works here: system calls are not counted.');
  const programs = [
    makeSampler(options.sampler),
    ...(options.peer === undefined ? [] : [makePhpspy(options.peer)]),
  ];
  const cases = [...makeCases(place.phps()), wholeWay(options)];
  const results = new Results();
  const startLoad = readLoad();
  for (const of of cases.filter(({ name }) => new RegExp(options.only).test(name))) {
    const surroundings = { place, counter, windowMs: options.isQuick ? 1_000 : 4_000 };
    results.all.push(...(await runCase(of, programs, options.rounds, surroundings)));
  }
  const conditions = `${cpus().length} cores, load average ${startLoad} before and ${readLoad()} after, system calls by ${counter?.name ?? 'nobody'}`;
  console.log(`\n## Goals (${conditions})\n\n${goalTable(judge(results), 'phpspy')}`);
  console.log(`\n## Figures\n\n${results.table()}`);
}

/** Of the last minute: others may be at work on this machine. */
function readLoad(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ')[0]!;
}

async function runCase(of: Case, programs: readonly Program[], rounds: number, surroundings: Surroundings) {
  const able = programs.filter(({ name }) => of.isShared || name === 'spybridge');
  const runs = new Map<Program, Figures[]>(able.map((program) => [program, []]));
  const stage = await of.start(surroundings);
  const last = Math.min(rounds, of.roundsMax);
  try {
    for (let round = 1; round <= last; round += 1) {
      for (const program of able) {
        process.stderr.write(`${of.name}: ${program.name}, round ${round} of ${last}\n`);
        runs.get(program)!.push(await stage.measure(program));
      }
    }
  } finally {
    await stage.stop();
  }
  return able.map((program) => ({ name: of.name, program: program.name, runs: runs.get(program)! }));
}
