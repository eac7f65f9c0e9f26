// The time line of /pyroscope/render: equal steps from the start on, 0 where nothing was taken.
import type { PointSeries } from './querier/points.ts';

const MOST_STEPS = 1_500n;
const MIN_STEP_MS = 15_000n;

const SECOND = 1_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;
/** The exact step, up to this many ms, becomes a round one. */
const ROUND: readonly (readonly [upTo: bigint, step: bigint])[] = [
  [17_500n, 15n * SECOND],
  [25n * SECOND, 20n * SECOND],
  [45n * SECOND, 30n * SECOND],
  [90n * SECOND, MINUTE],
  [210n * SECOND, 2n * MINUTE],
  [450n * SECOND, 5n * MINUTE],
  [750n * SECOND, 10n * MINUTE],
  [1_050n * SECOND, 15n * MINUTE],
  [25n * MINUTE, 20n * MINUTE],
  [45n * MINUTE, 30n * MINUTE],
  [90n * MINUTE, HOUR],
  [150n * MINUTE, 2n * HOUR],
  [270n * MINUTE, 3n * HOUR],
  [9n * HOUR, 6n * HOUR],
  [DAY, 12n * HOUR],
  [7n * DAY, DAY],
  [21n * DAY, 7n * DAY],
  [42n * DAY, 30n * DAY],
];
const LONGEST_STEP_MS = 365n * DAY;

/** Milliseconds; whole seconds in fact. */
export function timelineStep(startMs: bigint, endMs: bigint): bigint {
  const exact = (endMs - startMs) / MOST_STEPS;
  if (exact < MIN_STEP_MS) return MIN_STEP_MS;
  return ROUND.find(([upTo]) => exact <= upTo)?.[1] ?? LONGEST_STEP_MS;
}

export interface Timeline {
  /** Seconds of UNIX time. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Seconds. */
  readonly durationDelta: number;
  readonly watermarks: null;
}

/** Start and end are cut down to whole steps; the end is not included. */
export function makeTimeline(
  points: PointSeries['points'],
  { startMs, endMs, stepMs }: { readonly startMs: bigint; readonly endMs: bigint; readonly stepMs: bigint },
): Timeline {
  const first = startMs / stepMs;
  const length = Math.max(0, Number(endMs / stepMs - first));
  const samples = new Array<number>(length).fill(0);
  for (const { timestamp, value } of points) {
    const place = Number(timestamp / stepMs - first);
    if (place >= 0 && place < length) samples[place]! += Math.trunc(value);
  }
  return {
    startTime: Number((first * stepMs) / SECOND),
    samples,
    durationDelta: Number(stepMs / SECOND),
    watermarks: null,
  };
}
