// Segments that a thread has in memory, the least used of them given up when all together weigh too much.

export interface Weighed {
  /** Bytes of memory, roughly. */
  readonly weight: number;
}

export class SegmentCache<Key extends string | number, Segment extends Weighed> {
  /** The least used one is the first. */
  private readonly segments = new Map<Key, Segment>();
  private readonly limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get size(): number {
    return this.segments.size;
  }

  get(key: Key): Segment | undefined {
    const segment = this.segments.get(key);
    if (segment === undefined) return undefined;
    this.segments.delete(key);
    this.segments.set(key, segment);
    return segment;
  }

  set(key: Key, segment: Segment): void {
    this.segments.delete(key);
    this.segments.set(key, segment);
  }

  delete(key: Key): void {
    this.segments.delete(key);
  }

  clear(): void {
    this.segments.clear();
  }

  /** Call it between queries or transactions: what is in use must not go. The most used one always stays. */
  trim(): void {
    let weight = 0;
    for (const segment of this.segments.values()) weight += segment.weight;
    for (const [key, segment] of this.segments) {
      if (weight <= this.limitBytes || this.segments.size === 1) return;
      weight -= segment.weight;
      this.segments.delete(key);
    }
  }
}
