// Records that were read before: they never change, so that the second question for a window costs a listing only.
import type { ProfileRecord } from '../catalog/record.ts';

/** Of the texts of the records. */
export const CACHE_BYTES = 33_554_432;

interface Cached {
  readonly record: ProfileRecord;
  readonly bytes: number;
}

/** Lets go of those that were asked for the longest time ago. */
export class RecordCache {
  readonly counts = { hits: 0, misses: 0, evictions: 0 };
  private readonly cached = new Map<string, Cached>();
  private readonly limitBytes: number;
  private bytes = 0;

  constructor(limitBytes: number = CACHE_BYTES) {
    this.limitBytes = limitBytes;
  }

  get(key: string): ProfileRecord | undefined {
    const found = this.cached.get(key);
    this.counts[found === undefined ? 'misses' : 'hits'] += 1;
    if (found === undefined) return undefined;
    this.cached.delete(key);
    this.cached.set(key, found);
    return found.record;
  }

  set(key: string, record: ProfileRecord, bytes: number): void {
    this.delete(key);
    this.cached.set(key, { record, bytes });
    this.bytes += bytes;
    for (const [oldest] of this.cached) {
      if (this.bytes <= this.limitBytes) break;
      this.delete(oldest);
      this.counts.evictions += 1;
    }
  }

  delete(key: string): void {
    this.bytes -= this.cached.get(key)?.bytes ?? 0;
    this.cached.delete(key);
  }
}
