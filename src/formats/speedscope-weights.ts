// What the weights of a speedscope file mean: times become nanoseconds, and the period that they are multiples of is found.
import { Refusal } from './speedscope-profiles.ts';
import type { SpeedscopeUnit } from './speedscope.ts';

const unitNanos: ReadonlyMap<unknown, number> = new Map([
  ['nanoseconds', 1],
  ['microseconds', 1e3],
  ['milliseconds', 1e6],
  ['seconds', 1e9],
]);
const countUnits: ReadonlySet<unknown> = new Set(['none', 'bytes']);

/** No sampler is slower: longer weights are spans, not samples. */
const LONGEST_PERIOD_NANOS = 1e9;
/** Different weights that are remembered; with more there is no period in them. */
const MAX_DISTINCT_WEIGHTS = 65_536;
/** How far, in periods, a weight may lie from a whole number of them: many writers round seconds. */
const TOLERANCE = 0.001;

export class Weights {
  /** Weights are times; else they count things (calls, bytes). */
  readonly isTime: boolean;
  readonly unit: SpeedscopeUnit;
  private readonly distinct = new Set<number>();
  private total = 0;

  /** Throws Refusal where the units are unknown or can't be added up. */
  constructor(units: readonly unknown[]) {
    const known = units.every((unit) => unitNanos.has(unit) || countUnits.has(unit));
    if (!known) throw new Refusal('a profile has an unknown unit');
    this.isTime = units.some((unit) => unitNanos.has(unit));
    this.unit = this.isTime ? 'nanoseconds' : units.includes('bytes') ? 'bytes' : 'none';
    const isMixed = new Set(units).size > 1 && !units.every((unit) => unitNanos.has(unit));
    if (isMixed) throw new Refusal('its profiles have different units, which cannot be added up');
  }

  weigherOf(unit: unknown): (weight: number) => number {
    const scale = unitNanos.get(unit) ?? 1;
    return (weight) => {
      const scaled = weight * scale;
      this.total += scaled;
      if (this.total > Number.MAX_SAFE_INTEGER) throw new Refusal('its weights add up to more than 2^53');
      if (this.distinct.size <= MAX_DISTINCT_WEIGHTS) this.distinct.add(scaled);
      return scaled;
    };
  }

  /** The smallest weight where all are multiples of it: a sampler's period in nanoseconds. Else 1: every nanosecond counts. */
  findPeriod(): number {
    const { distinct } = this;
    let smallest = Infinity;
    for (const weight of distinct) smallest = Math.min(smallest, weight);
    const period = Math.round(smallest);
    if (distinct.size > MAX_DISTINCT_WEIGHTS || period < 1 || period > LONGEST_PERIOD_NANOS) return 1;
    for (const weight of distinct) {
      const periods = weight / period;
      if (Math.abs(periods - Math.round(periods)) > TOLERANCE) return 1;
    }
    return period;
  }
}
