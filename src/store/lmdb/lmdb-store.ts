// The embedded store: profiles in one LMDB file, written by one thread and read by another. This is their client.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Labels } from '../../model/labels.ts';
import type { StoredProfile, Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type { Figure } from '../figures.ts';
import { Tally } from '../figures.ts';
import type {
  Asking,
  ListOptions,
  Merged,
  MergeOptions,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store.ts';
import { StoreError } from '../store.ts';
import type { PointsQuery } from './points.ts';
import { pointsOf } from './points.ts';
import type { StoredBody } from './reader.ts';
import type { StoreNews } from '../upkeep-news.ts';
import { DATA_FILE } from './file-check.ts';
import { RESERVE_BYTES } from './room.ts';
import { StoreThread } from './store-thread.ts';
import type { Retention } from './upkeep.ts';
import { UPKEEP_MS } from './upkeep.ts';

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
  /** From one round of upkeep to the next; another one is for tests. */
  readonly upkeepMs?: number;
  /** Another one is for tests. */
  readonly stallMs?: number;
  readonly onNews?: (news: StoreNews) => void;
}

export interface LmdbBounds {
  /** Of symbols that each thread keeps in memory, in bytes. */
  readonly cacheBytes: number;
  /** Of what the profiles of a segment refer to, in bytes of memory; the next profile opens another segment. */
  readonly segmentBytes: number;
  /** Of bodies on their way to the writer; more are refused, so that a slow disk does not fill the memory. */
  readonly pendingBytes: number;
  /** Of the memory that the writer's thread may take, beyond which it begins no transaction: in one it must not die. */
  readonly heapShare: number;
  /** Of the disk, left for deletions. */
  readonly reserveBytes: number;
  /** Of each thread's objects; one that needs more dies alone. Undefined: what V8 takes for right on this machine. */
  readonly heapMb: number | undefined;
}

const STORAGE = 'lmdb';
/** Longer than a flush of a slow disk, and than what a client waits for. */
const STALL_MS = 120_000;

/** A segment is at most this part of what all profiles may take; more segments make merges slower. */
const SEGMENTS_OF_LIMIT = 8;
const MIN_SEGMENT_BYTES = 2_097_152;

const BOUNDS: LmdbBounds = {
  cacheBytes: 67_108_864,
  segmentBytes: 100_663_296,
  pendingBytes: 268_435_456,
  heapShare: 0.85,
  reserveBytes: RESERVE_BYTES,
  heapMb: undefined,
};

interface Parts {
  readonly writer: StoreThread;
  readonly reader: StoreThread;
  readonly tally: Tally;
  /** The threads that have not answered for too long. */
  readonly stalled: ReadonlySet<string>;
  readonly file: string;
  readonly now: () => bigint;
  readonly pendingBytes: number;
}

export class LmdbStore implements ProfileStore {
  private readonly parts: Parts;
  private pendingBytes = 0;

  private constructor(parts: Parts) {
    this.parts = parts;
  }

  /** The last one who opens it may write: another process's writes fail from then on. Throws StoreError. */
  static async open(options: LmdbStoreOptions): Promise<LmdbStore> {
    const { dir, maxRawBytes, retention = {}, upkeepMs = UPKEEP_MS, stallMs = STALL_MS } = options;
    const { pendingBytes, ...bounds } = {
      ...BOUNDS,
      segmentBytes: segmentBytesOf(retention),
      ...options.bounds,
    };
    const tally = new Tally();
    const stalled = new Set<string>();
    const onNews = (news: StoreNews): void => {
      count(tally, news);
      if (news.kind === 'thread_stalled') stalled.add(news.role);
      if (news.kind === 'thread_moved' || news.kind === 'thread_ended') stalled.delete(news.role);
      options.onNews?.(news);
    };
    const threads = { ...{ dir, ...bounds, maxRawBytes, retention, upkeepMs, stallMs }, owner: randomUUID() };
    const start = (role: 'writer' | 'reader'): Promise<StoreThread> =>
      StoreThread.start({ thread: { ...threads, role }, file: options.worker, onNews });
    // One after the other: the first makes the tables.
    const writer = await start('writer');
    const reader = await start('reader').catch(async (error: unknown) => {
      await writer.close();
      throw error;
    });
    const now = options.now ?? (() => BigInt(Date.now()) * 1_000_000n);
    const file = path.join(dir, DATA_FILE);
    return new LmdbStore({ writer, reader, tally, stalled, file, now, pendingBytes });
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const bytes = upload.body.length;
    if (this.pendingBytes + bytes > this.parts.pendingBytes) {
      this.parts.tally.add('store_bounds_hit_total', { storage: STORAGE, bound: 'pending_bytes' });
      throw new StoreError('unavailable', 'Too many uploads are waiting for the disk.');
    }
    this.pendingBytes += bytes;
    try {
      // A copy with memory of its own, which then moves; the caller's may be part of a larger one.
      const body = Uint8Array.from(upload.body);
      const { writer, now } = this.parts;
      return await writer.send('write', [{ ...upload, body }, now()], { transfers: [body.buffer] });
    } finally {
      this.pendingBytes -= bytes;
    }
  }

  list(selector: Selector, options: ListOptions = {}): Promise<readonly StoredProfile[]> {
    const { signal, ...rest } = options;
    return this.parts.reader.send('list', [selector, rest], { signal });
  }

  read(tenant: string, id: string): Promise<StoredBody | undefined> {
    return this.parts.reader.send('read', [tenant, id]);
  }

  merge(source: MergeSource, { withSampleLabels, signal }: MergeOptions): Promise<Merged | undefined> {
    return this.parts.reader.send('merge', [source, withSampleLabels], { signal });
  }

  series(selector: Selector, names?: readonly string[], { signal }: Asking = {}): Promise<readonly Labels[]> {
    return this.parts.reader.send('series', [selector, names], { signal });
  }

  async *points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
    { signal }: Asking = {},
  ): AsyncIterable<readonly SeriesPoint[]> {
    const query: PointsQuery = { selector, sampleType, groupBy };
    const { reader } = this.parts;
    let page = await reader.send('points', [query], { signal });
    yield [...pointsOf(page)];
    while (page.next !== undefined) {
      page = await reader.send('points', [{ ...query, after: page.next }], { signal });
      yield [...pointsOf(page)];
    }
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.parts.reader.send('services', [tenant]);
  }

  delete(tenant: string, what: { readonly id: string } | { readonly selector: Selector }): Promise<number> {
    return this.parts.writer.send('delete', [tenant, what]);
  }

  /** Not while the writer stalls: what asks whether the store is well asks this. */
  async statistics(tenant: string): Promise<StoreStatistics> {
    if (this.parts.stalled.has('writer'))
      throw new StoreError('unavailable', 'The thread that writes to the store does not answer.');
    return this.parts.reader.send('statistics', [tenant]);
  }

  /** Makes the sums of hours that were over before this time (UNIX, ns); it is done without asking, too. How many. */
  rollUp(beforeNanos: bigint): Promise<number> {
    return this.parts.writer.send('rollUp', [beforeNanos]);
  }

  /** Deletes what the retention lets go at this time (UNIX, ns); it is done without asking, too. How many. */
  retain(nowNanos: bigint): Promise<number> {
    return this.parts.writer.send('retain', [nowNanos]);
  }

  /** Deletes all tenants' profiles from before this time (UNIX, ns): how many there were. */
  expire(beforeNanos: bigint): Promise<number> {
    return this.parts.writer.send('expire', [beforeNanos]);
  }

  figures(): readonly Figure[] {
    const bytes = statSync(this.parts.file, { throwIfNoEntry: false })?.size ?? 0;
    return [
      ...this.parts.tally.figures(),
      { name: 'store_disk_bytes', labels: { storage: STORAGE }, value: bytes },
    ];
  }

  /** What was called before is done first. */
  async close(): Promise<void> {
    const { reader, writer } = this.parts;
    await reader.close();
    await writer.close('finish');
  }
}

/** The symbols of a segment stay as long as one of its profiles: under a small limit it must be small, too. */
function segmentBytesOf({ limitBytes = Infinity }: Retention): number {
  return Math.min(BOUNDS.segmentBytes, Math.max(MIN_SEGMENT_BYTES, limitBytes / SEGMENTS_OF_LIMIT));
}

function count(tally: Tally, news: StoreNews): void {
  if (news.kind === 'expired')
    tally.add('store_expired_profiles_total', { storage: STORAGE, reason: news.reason }, news.profiles);
  if (news.kind === 'rolled_up') tally.add('store_rolled_up_hours_total', { storage: STORAGE }, news.hours);
  if (news.kind === 'failed') tally.add('store_upkeep_failures_total', { storage: STORAGE });
  if (news.kind === 'thread_ended') tally.add('store_thread_restarts_total', { thread: news.role });
}
