// A bucket as a catalog: new profiles in this project's layout, old ones in whatever other layout there is.
import { ahead } from '../catalog/ahead.ts';
import type { Catalog, Order, Scope, Traffic } from '../catalog/catalog.ts';
import type { ProfileRecord } from '../catalog/record.ts';
import type { StoreStatistics } from '../store.ts';
import { checkWanted, StoreError } from '../store.ts';
import type { Entry, Layout } from './layout.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { OwnLayout } from './own-layout.ts';

/** Of one question: their keys are held at once, to have them in order of time. */
export const MAX_WINDOW_PROFILES = 200_000;
/** Records and deletions under way at once. */
const WIDTH = 12;

export class ObjectCatalog implements Catalog {
  private readonly bucket: ObjectStorage;
  private readonly own: OwnLayout;
  private readonly layouts: readonly Layout[];
  private readonly maxProfiles: number;
  /** Where a record came from. */
  private readonly homes = new WeakMap<ProfileRecord, Layout>();
  private longWindows = 0;

  /** New profiles go to `own`. */
  constructor(
    bucket: ObjectStorage,
    own: OwnLayout,
    others: readonly Layout[] = [],
    maxProfiles = MAX_WINDOW_PROFILES,
  ) {
    this.bucket = bucket;
    this.own = own;
    this.layouts = [own, ...others];
    this.maxProfiles = maxProfiles;
  }

  get storage(): string {
    return this.bucket.name;
  }

  get traffic(): Traffic {
    return this.bucket.traffic;
  }

  get boundsHit(): Readonly<Record<string, number>> {
    const evictions = this.layouts.reduce((sum, { evictions }) => sum + evictions, 0);
    return { window_profiles: this.longWindows, record_cache: evictions };
  }

  put(record: ProfileRecord, body: Uint8Array): Promise<void> {
    return this.own.put(record, body);
  }

  async *find(scope: Scope, order: Order): AsyncIterable<ProfileRecord> {
    const found: { readonly entry: Entry; readonly layout: Layout }[] = [];
    for (const layout of this.layouts)
      for await (const entries of layout.entries(scope)) {
        checkWanted(scope.signal);
        for (const entry of entries) found.push({ entry, layout });
        if (found.length > this.maxProfiles) {
          this.longWindows += 1;
          throw new StoreError(
            'too_large',
            `There are more than ${this.maxProfiles} profiles in this time; ask for a shorter one.`,
          );
        }
      }
    found.sort((a, b) => byTime(a.entry, b.entry));
    if (order === 'newest first') found.reverse();
    const records = ahead(found, WIDTH, async ({ entry, layout }) =>
      this.noting(layout, await layout.load(entry)),
    );
    for await (const record of records) if (record !== undefined) yield record;
  }

  async get(tenant: string, id: string): Promise<ProfileRecord | undefined> {
    for (const layout of this.layouts) {
      const record = this.noting(layout, await layout.get(tenant, id));
      if (record !== undefined) return record;
    }
    return undefined;
  }

  async body(record: ProfileRecord): Promise<Uint8Array | undefined> {
    return this.homes.get(record)?.body(record);
  }

  async remove(records: readonly ProfileRecord[]): Promise<number> {
    let removed = 0;
    const work = ahead(records, WIDTH, async (record) => this.homes.get(record)?.remove(record));
    for await (const isRemoved of work) if (isRemoved === true) removed += 1;
    return removed;
  }

  /** In this project's own layout only: what profefe has put there is not ours to delete unasked. */
  async expire(beforeNanos: bigint): Promise<number> {
    let expired = 0;
    for await (const entries of this.own.entriesBefore(beforeNanos)) {
      const removals = ahead(entries, WIDTH, (entry) => this.own.removeEntry(entry));
      while ((await removals.next()).done !== true) expired += 1;
    }
    return expired;
  }

  async services(tenant: string): Promise<readonly string[]> {
    const names = await Promise.all(this.layouts.map((layout) => layout.services(tenant)));
    return [...new Set(names.flat())];
  }

  async statistics(tenant: string): Promise<StoreStatistics> {
    let profiles = 0;
    let bytes = 0;
    let oldestNanos: bigint | undefined;
    let newestNanos: bigint | undefined;
    for (const layout of this.layouts)
      for await (const entries of layout.all(tenant))
        for (const entry of entries) {
          profiles += 1;
          bytes += entry.bytes;
          if (oldestNanos === undefined || entry.timeNanos < oldestNanos) oldestNanos = entry.timeNanos;
          if (newestNanos === undefined || entry.timeNanos > newestNanos) newestNanos = entry.timeNanos;
        }
    return { profiles, bytes, oldestNanos, newestNanos };
  }

  close(): Promise<void> {
    return this.bucket.close();
  }

  private noting(layout: Layout, record: ProfileRecord | undefined): ProfileRecord | undefined {
    if (record !== undefined) this.homes.set(record, layout);
    return record;
  }
}

function byTime(a: Entry, b: Entry): number {
  if (a.timeNanos !== b.timeNanos) return a.timeNanos < b.timeNanos ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
