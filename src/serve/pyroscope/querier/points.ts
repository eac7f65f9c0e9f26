// Sums or means of a profile type over time, per group of labels: one point per step in which there was a profile.
import type { Labels } from '../../../model/labels.ts';
import { labelsKey } from '../../../model/labels.ts';
import type { ProfileStore } from '../../../store/store.ts';
import { HttpProblem } from '../../problem.ts';
import type { Selection } from './selection.ts';

/** Of one answer, all groups together. */
export const MAX_POINTS = 1_048_576;
const MILLI = 1_000_000n;

export interface PointsQuery {
  readonly selection: Selection;
  readonly startMs: bigint;
  readonly endMs: bigint;
  readonly stepMs: bigint;
  readonly groupBy: readonly string[];
  readonly isMean: boolean;
  /** Only so many groups, those with the greatest sums; 0: all. */
  readonly limit: number;
}

export interface PointSeries {
  readonly labels: Labels;
  /** In order of time; `timestamp` is the end of the step, which counts as part of it, in ms. */
  readonly points: readonly { readonly timestamp: bigint; readonly value: number }[];
}

interface Group {
  readonly labels: Labels;
  /** By the number of the step. */
  readonly steps: Map<bigint, { sum: number; count: number }>;
  total: number;
}

/** Throws HttpProblem(422) and StoreError. */
export async function sumPoints(
  store: ProfileStore,
  query: PointsQuery,
  maxPoints: number = MAX_POINTS,
): Promise<readonly PointSeries[]> {
  const { selection, startMs, endMs, stepMs } = query;
  // The first point stands for the step that ends with the start.
  const from = (startMs - stepMs) * MILLI + MILLI;
  const selector = { ...selection.selector, fromNanos: from < 0n ? 0n : from };
  const groups = new Map<string, Group>();
  const lastStep = (endMs - startMs) / stepMs;
  let points = 0;
  for await (const batch of store.points(selector, selection.type.sampleType.type, query.groupBy)) {
    for (const { labels, timeNanos, value } of batch) {
      const after = timeNanos / MILLI - startMs;
      const step = after <= 0n ? 0n : (after + stepMs - 1n) / stepMs;
      if (step > lastStep) continue;
      const key = labelsKey(labels);
      const group: Group = groups.get(key) ?? { labels, steps: new Map(), total: 0 };
      groups.set(key, group);
      const point = group.steps.get(step) ?? { sum: 0, count: 0 };
      if (point.count === 0 && ++points > maxPoints)
        throw new HttpProblem(422, `The answer has more than ${maxPoints} points: ask for a longer step.`);
      point.sum += value;
      point.count += 1;
      group.total += value;
      group.steps.set(step, point);
    }
  }
  return topOf([...groups.values()], query.limit).map(({ labels, steps }) => ({
    labels,
    points: [...steps]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([step, { sum, count }]) => ({
        timestamp: startMs + step * stepMs,
        value: query.isMean ? sum / count : sum,
      })),
  }));
}

function topOf(groups: Group[], limit: number): readonly Group[] {
  const orderOf = ({ labels }: Group): string => labels.flat().join('\u0000');
  const byLabels = (a: Group, b: Group): number => (orderOf(a) < orderOf(b) ? -1 : 1);
  const top =
    limit > 0 && groups.length > limit
      ? groups.sort((a, b) => b.total - a.total || byLabels(a, b)).slice(0, limit)
      : groups;
  return top.sort(byLabels);
}
