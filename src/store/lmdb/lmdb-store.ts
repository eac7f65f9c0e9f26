// The embedded store: profiles in one LMDB file, written by one thread and read by another. This is their client.
import type { Labels } from '../../model/labels.ts';
import type { StoredProfile, Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type {
  ListOptions,
  Merged,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store.ts';
import { StoreError } from '../store.ts';
import type { PointsQuery } from './points.ts';
import { pointsOf } from './points.ts';
import type { StoredBody } from './reader.ts';
import type { Retention } from './upkeep.ts';
import { WorkerLink } from './worker-link.ts';

export interface LmdbStoreOptions {
  /** Made, with rights for its owner only, where there is none. */
  readonly dir: string;
  /** UNIX time in ns. */
  readonly now?: () => bigint;
  /** Of one profile after decompression. */
  readonly maxRawBytes?: number;
  /** How long profiles are kept; without it for ever. */
  readonly retention?: Retention;
  readonly bounds?: Partial<LmdbBounds>;
  /** The file of its threads, where it is not beside this one. */
  readonly worker?: URL;
}

export interface LmdbBounds {
  /** Of symbols that each thread keeps in memory, in bytes. */
  readonly cacheBytes: number;
  /** Of what the profiles of a segment refer to, in bytes of memory; the next profile opens another segment. */
  readonly segmentBytes: number;
  /** Of bodies on their way to the writer; more are refused, so that a slow disk does not fill the memory. */
  readonly pendingBytes: number;
}

const BOUNDS: LmdbBounds = {
  cacheBytes: 67_108_864,
  segmentBytes: 100_663_296,
  pendingBytes: 268_435_456,
};

export class LmdbStore implements ProfileStore {
  private readonly writer: WorkerLink;
  private readonly reader: WorkerLink;
  private readonly now: () => bigint;
  private readonly maxPendingBytes: number;
  private pendingBytes = 0;

  private constructor(
    { writer, reader }: Readonly<Record<'writer' | 'reader', WorkerLink>>,
    { now, pendingBytes }: { readonly now: () => bigint; readonly pendingBytes: number },
  ) {
    this.writer = writer;
    this.reader = reader;
    this.now = now;
    this.maxPendingBytes = pendingBytes;
  }

  /** The last one who opens it may write: another process's writes fail from then on. Throws StoreError. */
  static async open({ dir, now, worker, ...rest }: LmdbStoreOptions): Promise<LmdbStore> {
    const { maxRawBytes, retention = {} } = rest;
    const { pendingBytes, ...bounds } = { ...BOUNDS, ...rest.bounds };
    const options = { dir, ...bounds, maxRawBytes, retention };
    // One after the other: the first makes the tables.
    const writer = await WorkerLink.start({ ...options, role: 'writer' }, worker);
    const reader = await WorkerLink.start({ ...options, role: 'reader' }, worker).catch(
      async (error: unknown) => {
        await writer.close();
        throw error;
      },
    );
    return new LmdbStore(
      { writer, reader },
      { pendingBytes, now: now ?? (() => BigInt(Date.now()) * 1_000_000n) },
    );
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const bytes = upload.body.length;
    if (this.pendingBytes + bytes > this.maxPendingBytes)
      throw new StoreError('unavailable', 'Too many uploads are waiting for the disk.');
    this.pendingBytes += bytes;
    try {
      // A copy with memory of its own, which then moves; the caller's may be part of a larger one.
      const body = Uint8Array.from(upload.body);
      return await this.writer.send('write', [{ ...upload, body }, this.now()], [body.buffer]);
    } finally {
      this.pendingBytes -= bytes;
    }
  }

  list(selector: Selector, options: ListOptions = {}): Promise<readonly StoredProfile[]> {
    return this.reader.call('list', selector, options);
  }

  read(tenant: string, id: string): Promise<StoredBody | undefined> {
    return this.reader.call('read', tenant, id);
  }

  merge(
    source: MergeSource,
    { withSampleLabels }: { readonly withSampleLabels: boolean },
  ): Promise<Merged | undefined> {
    return this.reader.call('merge', source, withSampleLabels);
  }

  series(selector: Selector, names?: readonly string[]): Promise<readonly Labels[]> {
    return this.reader.call('series', selector, names);
  }

  async *points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
  ): AsyncIterable<readonly SeriesPoint[]> {
    const query: PointsQuery = { selector, sampleType, groupBy };
    let page = await this.reader.call('points', query);
    yield [...pointsOf(page)];
    while (page.next !== undefined) {
      page = await this.reader.call('points', { ...query, after: page.next });
      yield [...pointsOf(page)];
    }
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.reader.call('services', tenant);
  }

  delete(tenant: string, what: { readonly id: string } | { readonly selector: Selector }): Promise<number> {
    return this.writer.call('delete', tenant, what);
  }

  statistics(tenant: string): Promise<StoreStatistics> {
    return this.reader.call('statistics', tenant);
  }

  /** Makes the sums of hours that were over before this time (UNIX, ns); it is done without asking, too. How many. */
  rollUp(beforeNanos: bigint): Promise<number> {
    return this.writer.call('rollUp', beforeNanos);
  }

  /** Deletes what the retention lets go at this time (UNIX, ns); it is done without asking, too. How many. */
  retain(nowNanos: bigint): Promise<number> {
    return this.writer.call('retain', nowNanos);
  }

  /** Deletes all tenants' profiles from before this time (UNIX, ns): how many there were. */
  expire(beforeNanos: bigint): Promise<number> {
    return this.writer.call('expire', beforeNanos);
  }

  /** What was called before is done first. */
  async close(): Promise<void> {
    await this.reader.close();
    await this.writer.call('finish');
    await this.writer.close();
  }
}
