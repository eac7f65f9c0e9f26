// What the sampler must reach and where it is going, each as a ratio against phpspy or as a limit of our own.
import type { Goal } from '../goal.ts';
import { median } from '../median.ts';
import type { Results } from './results.ts';

interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly of: string;
  /** The figure's name in the case. */
  readonly read: string;
  readonly kind: Goal['kind'];
  readonly must: number;
  readonly aim?: number;
  /** Phpspy 0.8.0 on two other cores, PHP 8.2 if nothing else is said; the middle where it was a range. */
  readonly recorded?: number;
}

const us = 'us CPU per sample';
const percent = '%';

const rows: readonly Row[] = [
  {
    ...{ figure: '20 processes, 99 Hz, depth 20', unit: us, of: '20 processes, depth 20' },
    ...{ read: 'us per sample', kind: 'ratio', must: 10, aim: 25, recorded: 235 },
  },
  {
    ...{ figure: '20 processes, 99 Hz, depth 50', unit: us, of: '20 processes, depth 50' },
    ...{ read: 'us per sample', kind: 'ratio', must: 12, aim: 25, recorded: 510 },
  },
  {
    ...{ figure: 'one process, 99 Hz, depth 5', unit: us, of: 'one process, depth 5' },
    ...{ read: 'us per sample', kind: 'ratio', must: 2, aim: 4, recorded: 96 },
  },
  {
    ...{ figure: 'system calls, depth 20', unit: 'per sample', of: '20 processes, depth 20' },
    ...{ read: 'system calls per sample', kind: 'ceiling', must: 1.5, aim: 1.1, recorded: 146 },
  },
  {
    ...{ figure: 'attach one process', unit: 'ms CPU', of: 'attach one process' },
    ...{ read: 'attach, ms CPU', kind: 'ceiling', must: 2, recorded: 100 },
  },
  {
    ...{ figure: 'attach one process', unit: 'ms', of: 'attach one process' },
    ...{ read: 'attach, ms', kind: 'ceiling', must: 2, recorded: 100 },
  },
  {
    ...{ figure: 'attach one process', unit: 'programs executed', of: 'attach one process' },
    ...{ read: 'executions', kind: 'ceiling', must: 0, recorded: 40 },
  },
  {
    ...{ figure: 'php-fpm, URI captured, 20 workers', unit: us, of: 'php-fpm, URI captured' },
    ...{ read: 'us per sample', kind: 'ratio', must: 10, aim: 20, recorded: 271 },
  },
  {
    ...{ figure: 'FPM workers recycled, samples got', unit: percent, of: 'FPM workers recycled' },
    ...{ read: 'share of samples %', kind: 'floor', must: 95, aim: 99, recorded: 11 },
  },
  {
    ...{ figure: 'FPM workers recycled', unit: us, of: 'FPM workers recycled' },
    ...{ read: 'us per sample', kind: 'ratio', must: 50, aim: 100, recorded: 1_318 },
  },
  {
    ...{ figure: 'torn stacks in the worst churn', unit: percent, of: 'worst churn' },
    ...{ read: 'torn %', kind: 'ceiling', must: 0.5, aim: 0.1, recorded: 4.6 },
  },
  {
    ...{ figure: 'mixed requests without opcache', unit: 'of 10,000', of: 'mixed requests' },
    ...{ read: 'mixed of 10,000', kind: 'ceiling', must: 0, aim: 0, recorded: 140 },
  },
  {
    ...{ figure: 'bytes, depth 20', unit: 'per sample', of: '20 processes, depth 20' },
    ...{ read: 'bytes per sample', kind: 'ceiling', must: 12, aim: 10, recorded: 1_003 },
  },
  {
    ...{ figure: 'peak memory, 75 processes', unit: 'MB', of: '75 processes, depth 20' },
    ...{ read: 'peak MB', kind: 'ceiling', must: 8, aim: 4, recorded: 3.8 },
  },
  {
    ...{ figure: 'the whole way', unit: '% of a core', of: 'the whole way' },
    ...{ read: '% of a core', kind: 'ceiling', must: 10, aim: 5, recorded: 107 },
  },
];

/** By what the script does; those of PHP 7.4, where phpspy loses most. */
const recordedLosses: Readonly<Record<string, number>> = {
  'yield from': 94,
  'magic calls': 59,
  autoload: 49,
};

function lossRow(name: string): Row {
  const [, what = ''] = /^lost on (.*), /.exec(name) ?? [];
  const recorded = recordedLosses[what];
  return {
    ...{ figure: name, unit: percent, of: name, read: 'lost %', kind: 'ceiling', must: 1, aim: 0 },
    ...(recorded !== undefined && name.endsWith('PHP 7.4') ? { recorded } : {}),
  };
}

export function judge(results: Results): readonly Goal[] {
  const losses = new Set(results.all.map(({ name }) => name).filter((name) => name.startsWith('lost on ')));
  return [...rows, ...[...losses].map(lossRow)].flatMap((row) => {
    const ours = results.values(row.of, 'spybridge', row.read);
    if (ours.length === 0) return [];
    const theirs = results.values(row.of, 'phpspy', row.read);
    const isPeerRecorded = theirs.length === 0;
    const peer = isPeerRecorded ? row.recorded : median(theirs);
    const { figure, unit, kind, must, aim } = row;
    const seen = median(ours);
    const byRecorded = peer === undefined || seen === 0 ? undefined : peer / seen;
    const ratio = isPeerRecorded ? byRecorded : results.ratio(row.of, row.read);
    return [
      {
        figure,
        unit,
        ours: seen,
        peer,
        isPeerRecorded,
        ratio: unit === percent ? undefined : ratio,
        kind,
        must,
        aim,
      },
    ];
  });
}
