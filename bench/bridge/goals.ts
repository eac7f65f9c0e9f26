// What the bridge must reach and where it is going, each as a ratio against gospy or as a ceiling of our own.
import type { Goal } from '../goal.ts';
import { median } from '../median.ts';
import type { RunFigures } from './run.ts';
import type { CaseResult, Results } from './results.ts';

type Figure = (result: CaseResult, results: Results) => number;
interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly of: string;
  /** The case that the peer runs, where it can't run ours. */
  readonly peerOf?: string;
  readonly read: Figure;
  readonly kind: 'ratio' | 'ceiling';
  readonly must: number;
  readonly aim: number;
  readonly recorded?: number;
}

const medianOf =
  (read: (run: RunFigures) => number): Figure =>
  (result) =>
    median(result.runs.map(read));
const cpu: Figure = (result, results) => median(results.microsPerSample(result));
const steady = medianOf((run) => run.steadyPercent);
const peak: Figure = (result) => Math.max(...result.runs.map((run) => run.peakMb));
const perThousand =
  (read: (run: RunFigures) => number): Figure =>
  (result) =>
    (median(result.runs.map(read)) * 1_000) / result.case.samples;
const strange = 'every frame new, server';
const us = 'us CPU per sample';

/** The recorded figures: released gospy repaired (its head delivers nothing), two cores, Node 20. */
const rows: readonly Row[] = [
  {
    figure: 'recorded php-fpm, full speed',
    unit: us,
    of: 'recorded php-fpm',
    read: cpu,
    kind: 'ratio',
    must: 5,
    aim: 10,
    recorded: 19,
  },
  {
    figure: '40 routes x 100 URIs, full speed',
    unit: us,
    of: '40 routes, 100 URIs',
    read: cpu,
    kind: 'ratio',
    must: 5,
    aim: 10,
    recorded: 20.2,
  },
  {
    figure: '2,000 samples/s, 100 URIs',
    unit: '% of a core',
    of: '2,000/s, 100 URIs',
    read: steady,
    kind: 'ratio',
    must: 5,
    aim: 10,
    recorded: 12,
  },
  {
    figure: '2,000 samples/s, 10,000 URIs',
    unit: '% of a core',
    of: '2,000/s, 10,000 URIs',
    read: steady,
    kind: 'ratio',
    must: 4,
    aim: 8,
    recorded: 15,
  },
  {
    figure: 'every stack distinct',
    unit: us,
    of: 'all distinct',
    read: cpu,
    kind: 'ratio',
    must: 2,
    aim: 4,
    recorded: 22,
  },
  {
    figure: 'sample stream against text, same samples',
    unit: us,
    of: 'recorded, sample stream',
    peerOf: 'recorded php-fpm',
    read: cpu,
    kind: 'ratio',
    must: 20,
    aim: 40,
    recorded: 19,
  },
  {
    figure: 'requests at 2,000 samples/s',
    unit: 'per 1,000 samples',
    of: '2,000/s, 100 URIs',
    read: perThousand((run) => run.requests),
    kind: 'ratio',
    must: 100,
    aim: 1_000,
    recorded: 350,
  },
  {
    figure: 'bytes sent at 2,000 samples/s',
    unit: 'KB per 1,000 samples',
    of: '2,000/s, 100 URIs',
    read: perThousand((run) => run.sentBytes / 1e3),
    kind: 'ratio',
    must: 50,
    aim: 200,
    recorded: 930,
  },
  {
    figure: 'peak memory at 2,000 samples/s',
    unit: 'MB',
    of: '2,000/s, 100 URIs',
    read: peak,
    kind: 'ceiling',
    must: 80,
    aim: 56,
    recorded: 14,
  },
  {
    figure: 'peak memory, server hangs, --queue-mb 16',
    unit: 'MB',
    of: `${strange} hangs`,
    read: peak,
    kind: 'ceiling',
    must: 128,
    aim: 64,
    recorded: 187,
  },
  {
    figure: 'peak memory, server down, --queue-mb 16',
    unit: 'MB',
    of: `${strange} down`,
    read: peak,
    kind: 'ceiling',
    must: 128,
    aim: 64,
  },
  {
    figure: 'idle',
    unit: '% of a core',
    of: 'idle',
    read: steady,
    kind: 'ceiling',
    must: 0.3,
    aim: 0.1,
    recorded: 0.15,
  },
  {
    figure: 'start-up and end, nothing sampled',
    unit: 'ms CPU',
    of: 'start-up',
    read: medianOf((run) => run.cpuMs),
    kind: 'ceiling',
    must: 250,
    aim: 100,
    recorded: 10,
  },
  {
    figure: 'samples lost, healthy server, all cases',
    unit: 'samples',
    of: 'start-up',
    read: (_, results) => lost(results),
    kind: 'ceiling',
    must: 0,
    aim: 0,
  },
];

export function judge(results: Results): readonly Goal[] {
  return rows.flatMap((row) => {
    const mine = results.of(row.of, 'spybridge');
    if (mine === undefined) return [];
    const theirs = results.of(row.peerOf ?? row.of, 'gospy');
    const isLoss = row.unit === 'samples';
    const peer = theirs === undefined || isLoss ? row.recorded : row.read(theirs, results);
    const { figure, unit, kind, must, aim } = row;
    const ours = row.read(mine, results);
    const ratio = peer === undefined || isLoss || ours === 0 ? undefined : peer / ours;
    const isPeerRecorded = theirs === undefined;
    return [{ figure, unit, kind, must, aim, ours, peer, ratio, isPeerRecorded }];
  });
}

/** Of spybridge's runs with a server that answers. */
function lost(results: Results): number {
  const healthy = results.all.filter((of) => of.program === 'spybridge' && of.case.server === 'answers');
  return healthy.reduce(
    (sum, of) => sum + of.runs.reduce((lostHere, run) => lostHere + lostIn(of, run), 0),
    0,
  );
}

export function lostIn({ case: of }: CaseResult, run: RunFigures): number {
  return of.samples - run.delivered;
}
