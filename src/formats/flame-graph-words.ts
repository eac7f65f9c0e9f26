// What a flame graph says of its numbers: samples and seconds, or bytes, objects and whatever else a profile counts.
import type { Profile } from '../model/profile.ts';
import type { FlameLayout } from './flame-graph-layout.ts';
import { clean, formatCount, formatPercent, formatSeconds } from './flame-graph-text.ts';

export interface Measure {
  /** `wall time`, `alloc_space`... */
  readonly name: string;
  /** `nanoseconds` is told as seconds, everything else as it is. */
  readonly unit: string;
  /** Counts are samples of the profile's period. */
  readonly isSampled: boolean;
}

export function timeOf({ type }: Profile): Measure {
  return { name: type === 'cpu' ? 'CPU time' : 'wall time', unit: 'nanoseconds', isSampled: true };
}

export class CountWords {
  private readonly measure: Measure;
  private readonly periodNanos: number;

  constructor(measure: Measure, periodNanos: number) {
    this.measure = measure;
    this.periodNanos = periodNanos;
  }

  ofWhole({ total }: FlameLayout): string {
    const amount = this.amount(total);
    const counted = this.measure.isSampled ? `${formatCount(total)} samples, ${amount}` : amount;
    return `${clean(this.measure.name)}, ${counted}`;
  }

  ofBox(count: number, total: number): string {
    const share = formatPercent(count, total);
    const amount = this.amount(count);
    return this.measure.isSampled
      ? `${formatCount(count)} samples, ${share}, ${amount}`
      : `${amount}, ${share}`;
  }

  ofPruned({ prunedSamples, total }: FlameLayout): string {
    if (prunedSamples === 0) return 'Every frame is drawn.';
    const share = formatPercent(prunedSamples, total);
    if (!this.measure.isSampled)
      return `${share} of it lies in frames that are too narrow or too deep to be drawn.`;
    return `${formatCount(prunedSamples)} samples (${share}) have frames that are too narrow or too deep to be drawn.`;
  }

  private amount(count: number): string {
    const { unit } = this.measure;
    if (unit === 'nanoseconds') return `${formatSeconds(count * this.periodNanos)} s`;
    return unit === '' ? formatCount(count) : `${formatCount(count)} ${clean(unit)}`;
  }
}
