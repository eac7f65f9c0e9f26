// Halves of a profile, and a profile per label set: for servers that take less, and to find rows that they refuse.
import type { Labels } from '../model/labels.ts';
import { labelsKey } from '../model/labels.ts';
import type { Profile, ProfileRows } from '../model/profile.ts';
import { seriesLabels } from '../model/span-labels.ts';

/** The first and the second half of the rows; undefined where there is only one. */
export function halveProfile(profile: Profile): readonly [Profile, Profile] | undefined {
  const { length } = profile.rows;
  if (length < 2) return undefined;
  const middle = length >> 1;
  return [
    withRows(profile, sliceRows(profile.rows, 0, middle)),
    withRows(profile, sliceRows(profile.rows, middle, length)),
  ];
}

/** One profile per label set, in the order of the sets. */
export function explodeProfile(profile: Profile): readonly Profile[] {
  const { rows, labelSets } = profile;
  const rowsOfSet: number[][] = labelSets.map(() => []);
  for (let row = 0; row < rows.length; row++) rowsOfSet[rows.labelSets[row]!]!.push(row);
  return rowsOfSet
    .map((picked, set) => ({ picked, set }))
    .filter(({ picked }) => picked.length > 0)
    .map(({ picked, set }) => ({
      ...profile,
      labelSets: [labelSets[set]!],
      rows: {
        length: picked.length,
        stacks: picked.map((row) => rows.stacks[row]!),
        labelSets: picked.map(() => 0),
        counts: picked.map((row) => rows.counts[row]!),
      },
    }));
}

/** The same samples without their span labels: rows that differed in nothing else are one. */
export function withoutSpans(profile: Profile): Profile {
  const { rows, labelSets } = profile;
  if (labelSets.every((labels) => seriesLabels(labels) === labels)) return profile;
  const series: Labels[] = [];
  const seriesIds = new Map<string, number>();
  const seriesOf = labelSets.map((labels) => {
    const kept = seriesLabels(labels);
    const key = labelsKey(kept);
    const known = seriesIds.get(key);
    if (known !== undefined) return known;
    seriesIds.set(key, series.length);
    return series.push(kept) - 1;
  });
  const folded = { stacks: [] as number[], labelSets: [] as number[], counts: [] as number[] };
  const rowIds = new Map<string, number>();
  for (let row = 0; row < rows.length; row++) {
    const stack = rows.stacks[row]!;
    const set = seriesOf[rows.labelSets[row]!]!;
    const key = `${stack},${set}`;
    const known = rowIds.get(key);
    if (known !== undefined) {
      folded.counts[known]! += rows.counts[row]!;
      continue;
    }
    rowIds.set(key, folded.counts.push(rows.counts[row]!) - 1);
    folded.stacks.push(stack);
    folded.labelSets.push(set);
  }
  return { ...profile, labelSets: series, rows: { length: folded.counts.length, ...folded } };
}

export function countSamples(rows: ProfileRows): number {
  let samples = 0;
  for (let row = 0; row < rows.length; row++) samples += rows.counts[row]!;
  return samples;
}

function withRows(profile: Profile, rows: ProfileRows): Profile {
  return { ...profile, rows };
}

function sliceRows(rows: ProfileRows, start: number, end: number): ProfileRows {
  const slice = (column: ArrayLike<number>): number[] =>
    Array.from({ length: end - start }, (_, i) => column[start + i]!);
  return {
    length: end - start,
    stacks: slice(rows.stacks),
    labelSets: slice(rows.labelSets),
    counts: slice(rows.counts),
  };
}
