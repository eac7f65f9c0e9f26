// The store's benchmark: each case in a process of its own, in a folder of its own, then the tables.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Goal } from '../goal.ts';
import { goalTable } from '../goal.ts';
import { digits, markdown, range } from '../markdown.ts';
import { median } from '../median.ts';
import type { Figures } from './figures.ts';

export interface StoreBenchOptions {
  readonly rounds: number;
  readonly only: string;
}

const SUBJECT = new URL('./subject.js', import.meta.url).pathname;
const run = promisify(execFile);
/** `merge` reads what `ingest` has written: they share a folder. */
const STAGES: readonly (readonly string[])[] = [['ingest', 'merge'], ['bomb'], ['labels'], ['samples']];

interface GoalRow extends Pick<Goal, 'figure' | 'unit' | 'must' | 'aim'> {
  readonly step: string;
  readonly read: (figures: Figures) => number;
  readonly recorded: number;
}

const MERGE = 'merge 1,000 profiles, first time';
const INGEST = 'ingest 1,000 profiles, durably';
const BOMB = 'refuse a gzip bomb of 389 KB';
const cpuSeconds = ({ cpuMs }: Figures): number => cpuMs / 1_000;

/** The recorded figures are profefe's (badger), two cores. */
const rows: readonly GoalRow[] = [
  { figure: MERGE, unit: 's of CPU', step: MERGE, read: cpuSeconds, recorded: 2.55, must: 1, aim: 0.1 },
  { figure: MERGE, unit: 'MB, peak', step: MERGE, read: (of) => of.peakMb, recorded: 754, must: 250, aim: 150 },
  { figure: INGEST, unit: 's', step: INGEST, read: (of) => of.wallMs / 1_000, recorded: 2.2, must: 2.2, aim: 0.5 },
  { figure: BOMB, unit: 'MB more', step: BOMB, read: (of) => of.addedMb, recorded: 1_800, must: 50, aim: undefined },
]; // prettier-ignore

export async function benchStore({ rounds, only }: StoreBenchOptions): Promise<void> {
  const figures: Figures[] = [];
  for (const stage of STAGES.filter((cases) => new RegExp(only).test(cases.join(' '))))
    for (let round = 1; round <= rounds; round++) {
      process.stderr.write(`${stage.join(', ')}: round ${round} of ${rounds}\n`);
      figures.push(...(await runStage(stage)));
    }
  const steps = [...new Set(figures.map(({ step }) => step))];
  const of = (step: string) => figures.filter((one) => one.step === step);
  const load = (await readFile('/proc/loadavg', 'utf8')).split(' ')[0]!;
  const goals = rows
    .filter(({ step }) => steps.includes(step))
    .map(({ step, read, recorded, ...row }): Goal => {
      const ours = median(of(step).map(read));
      return { ...row, ours, peer: recorded, isPeerRecorded: true, ratio: recorded / ours, kind: 'ceiling' };
    });
  console.log(`\n## Goals (${cpus().length} cores, load average ${load})\n\n${goalTable(goals, 'profefe')}`);
  const table = steps.map((step) => [
    ...[step, range(of(step).map(({ cpuMs }) => cpuMs)), digits(median(of(step).map((one) => one.wallMs)))],
    ...[range(of(step).map(({ peakMb }) => peakMb)), digits(median(of(step).map((one) => one.addedMb)))],
  ]);
  console.log(`\n## Figures\n\n${markdown(['step', 'CPU ms', 'wall ms', 'peak MB', 'MB more'], table)}`);
}

async function runStage(cases: readonly string[]): Promise<Figures[]> {
  const dir = await mkdtemp(path.join(tmpdir(), 'spybridge-bench-store-'));
  try {
    const figures: Figures[] = [];
    for (const name of cases) {
      const { stdout } = await run(process.execPath, [SUBJECT, name, dir], { maxBuffer: 1e7 });
      figures.push(...(JSON.parse(stdout) as Figures[]));
    }
    return figures;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
