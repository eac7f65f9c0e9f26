// The cardinality cap of one templated tag: so many distinct values, the rest share one name.

/** The value that stands for all values over the cap. */
export const OTHER = 'other';
/** After this time all places are free again, so that URLs of last month don't hold them for ever. */
export const VALUE_LIFETIME_MS = 3_600_000;

export class TagValues {
  /** Samples' values that became `other`, counted once per epoch and distinct fact list. */
  overflowed = 0;
  private readonly max: number;
  private current = new Set<string>();
  private rotatedAtMs: number;

  constructor(max: number, nowMs: number) {
    this.max = max;
    this.rotatedAtMs = nowMs;
  }

  /** The value itself or `other`. Known values stay themselves while they are in use. */
  admit(value: string): string {
    if (this.current.has(value)) return value;
    if (this.current.size < this.max) {
      this.current.add(value);
      return value;
    }
    this.overflowed += 1;
    return OTHER;
  }

  /** Called when an epoch starts: every value in use is admitted anew then. */
  startEpoch(nowMs: number): void {
    if (nowMs - this.rotatedAtMs < VALUE_LIFETIME_MS) return;
    this.rotatedAtMs = nowMs;
    this.current = new Set();
  }
}
