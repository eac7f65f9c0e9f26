// All changes of the store, in a thread of their own. Uploads that come in together share one transaction and one flush of the
// disk; each is answered when that is done.
import { getHeapStatistics } from 'node:v8';
import { isProfileId } from '../id.ts';
import type { Intake } from '../intake.ts';
import { openUpload } from '../intake.ts';
import type { StoredProfile, Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import { StoreError } from '../store.ts';
import type { Environment } from './environment.ts';
import { readTotals, writeTotals } from './records.ts';
import { RollUps } from './roll-ups.ts';
import { checkRoom, usedBytesOf } from './room.ts';
import { Scan } from './scan.ts';
import { SegmentCache } from './segment-cache.ts';
import type { SegmentReader } from './segment-reader.ts';
import type { SegmentWriter } from './segment-writer.ts';
import { Transaction } from './transaction.ts';
import { toStoreError } from './write-error.ts';

/** Uploads that are unpacked at the same time: each may take as much memory as a profile is allowed to. */
const OPENINGS = 2;
/** What one transaction takes at most; the next begins when it is on the disk. */
const MAX_BATCH = 256;
const MAX_BATCH_BYTES = 33_554_432;
/** How long an upload that is ready waits for others that are being unpacked: a flush costs as much as some of them. */
const GATHER_MS = 25;
/** Profiles that one transaction deletes, so that uploads in between don't wait for long. */
const MAX_REMOVALS = 500;

interface Job {
  /** Bytes of memory, roughly. */
  readonly weight: number;
  readonly run: (transaction: Transaction) => void;
  readonly fail: (error: unknown) => void;
  readonly done: () => void;
}

export interface WriterOptions {
  readonly maxRawBytes?: number | undefined;
  readonly cacheBytes: number;
  readonly segmentBytes: number;
  /** Written into the store: the writer whose name is there is the only one. */
  readonly owner: string;
  /** Writes its name; a later one relies on it. */
  readonly isFirst: boolean;
  /** Of the thread's memory; when more is used, no transaction begins. */
  readonly heapShare: number;
  readonly reserveBytes: number;
}

export class Writer {
  private readonly environment: Environment;
  private readonly options: WriterOptions;
  private readonly segments: SegmentCache<number, SegmentWriter>;
  private readonly readers: SegmentCache<number, SegmentReader>;
  private readonly rollUps: RollUps;
  private readonly waiting: (() => Promise<void>)[] = [];
  private readonly jobs: Job[] = [];
  private jobBytes = 0;
  private openings = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(environment: Environment, options: WriterOptions) {
    this.environment = environment;
    this.options = options;
    this.segments = new SegmentCache(options.cacheBytes);
    this.readers = new SegmentCache(options.cacheBytes / 8);
    if (options.isFirst)
      environment.root.transactionSync(() => {
        writeTotals(environment.totals, { ...readTotals(environment.totals), owner: options.owner });
      });
    this.rollUps = new RollUps(environment, (work) => this.transact(work));
  }

  write(upload: Upload, now: bigint): Promise<StoredProfile> {
    return new Promise((resolve, reject) => {
      this.waiting.push(async () => {
        try {
          const intake = await openUpload(upload, now, this.options.maxRawBytes);
          this.push({
            weight: weightOf(intake, upload.body.length),
            run: (transaction) => {
              checkRoom(this.environment, this.options.reserveBytes);
              transaction.put(intake, upload.body, upload.splitsSeries);
            },
            done: () => {
              resolve(intake.profile);
            },
            fail: reject,
          });
        } catch (error) {
          reject(toStoreError(error));
        }
      });
      this.openNext();
    });
  }

  async delete(
    tenant: string,
    what: { readonly id: string } | { readonly selector: Selector },
  ): Promise<number> {
    if ('id' in what)
      return this.transact((transaction) => {
        const isTheirs = isProfileId(what.id) && transaction.find(what.id)?.profile.tenant === tenant;
        return Number(isTheirs && transaction.remove(what.id));
      });
    const ids = await this.transact(() => this.idsOf({ ...what.selector, tenant }));
    return this.removeAll(ids);
  }

  /** Those that are still there are removed; how many that were. */
  async removeAll(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (let from = 0; from < ids.length; from += MAX_REMOVALS) {
      const some = ids.slice(from, from + MAX_REMOVALS);
      removed += await this.transact((transaction) => some.filter((id) => transaction.remove(id)).length);
    }
    return removed;
  }

  /** Runs it in one of the next transactions; what it did is on the disk when this resolves. */
  transact<Result>(work: (transaction: Transaction) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let result: Result;
      this.push({
        weight: 0,
        run: (transaction) => {
          result = work(transaction);
        },
        done: () => {
          resolve(result);
        },
        fail: reject,
      });
    });
  }

  /** Makes the sums of hours that were over before this time and did not change for so long. How many. */
  rollUp(beforeNanos: bigint, quietMs = 0): Promise<number> {
    return this.rollUps.makeSums(beforeNanos, quietMs);
  }

  /** Resolves when all that came before is decided. */
  async drain(): Promise<void> {
    while (this.waiting.length + this.openings + this.jobs.length > 0)
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  }

  /** All tenants' profiles from before this time. How many there were. */
  expire(beforeNanos: bigint): Promise<number> {
    return this.removeSlices((transaction) => transaction.removeBefore(MAX_REMOVALS, beforeNanos));
  }

  /** The oldest of all tenants, until the rest takes no more than this. How many there were. */
  async shrink(limitBytes: number): Promise<number> {
    for (let removed = 0; ;) {
      // Looked at again after each slice: symbols go with the last profile that has them.
      const usedBytes = usedBytesOf(this.environment);
      if (usedBytes <= limitBytes) return removed;
      const share = 1 - limitBytes / usedBytes;
      const some = await this.transact((transaction) => transaction.removeShare(MAX_REMOVALS, share));
      if (some === 0) return removed;
      removed += some;
    }
  }

  private async removeSlices(removeSome: (transaction: Transaction) => number): Promise<number> {
    for (let removed = 0; ;) {
      const some = await this.transact(removeSome);
      removed += some;
      if (some < MAX_REMOVALS) return removed;
    }
  }

  private idsOf(selector: Selector): readonly string[] {
    const scan = new Scan({ environment: this.environment, segments: this.readers }, selector);
    const ids = scan.streams().flatMap((stream) => Array.from(scan.hits(stream), ({ id }) => id));
    this.readers.trim();
    return ids;
  }

  private openNext(): void {
    while (this.openings < OPENINGS && this.jobBytes < MAX_BATCH_BYTES) {
      const open = this.waiting.shift();
      if (open === undefined) return;
      this.openings += 1;
      void open().finally(() => {
        this.openings -= 1;
        this.openNext();
        this.schedule();
      });
    }
  }

  private push(job: Job): void {
    this.jobs.push(job);
    this.jobBytes += job.weight;
    this.schedule();
  }

  /** Commits at once when nothing more can join soon, else when the first has waited long enough. */
  private schedule(): void {
    if (this.jobs.length === 0) return;
    const isFull = this.jobs.length >= MAX_BATCH || this.jobBytes >= MAX_BATCH_BYTES;
    const isAlone = this.openings === 0 && this.waiting.length === 0;
    if (isFull || isAlone) this.commit();
    else
      this.timer ??= setTimeout(() => {
        this.commit();
      }, GATHER_MS);
  }

  private commit(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const jobs = this.jobs.splice(0);
    this.jobBytes = 0;
    // One job that fails takes the others' transaction with it: they are tried again, each in its own.
    if (this.commitAll(jobs) !== undefined)
      for (const job of jobs) {
        const error = this.commitAll([job]);
        if (error !== undefined) job.fail(error);
      }
    this.segments.trim();
    this.openNext();
  }

  /** Throws StoreError('unavailable') where another process has become the writer: its segments have grown without us. */
  private begin(): Transaction {
    const transaction = new Transaction(this.environment, {
      segments: this.segments,
      segmentBytes: this.options.segmentBytes,
      onHourChange: (hour) => {
        this.rollUps.touch(hour);
      },
    });
    if (transaction.books.totals.owner !== this.options.owner)
      throw new StoreError('unavailable', 'Another process writes to this store now.');
    return transaction;
  }

  /**
   * A thread that runs out of memory within a transaction never ends: the bindings wait for a lock that they hold. Outside of
   * one it dies and comes back. Throws StoreError('unavailable').
   */
  private checkMemory(): void {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    if (used > this.options.heapShare * limit)
      throw new StoreError('unavailable', "The store's writer is short of memory.");
  }

  /** The error that nothing of it was written for. */
  private commitAll(jobs: readonly Job[]): Error | undefined {
    try {
      this.checkMemory();
      this.environment.root.transactionSync(() => {
        const transaction = this.begin();
        for (const job of jobs) job.run(transaction);
        transaction.finish();
      });
    } catch (error) {
      // What they learned in a transaction that is undone is wrong.
      this.segments.clear();
      this.readers.clear();
      return toStoreError(error);
    }
    for (const job of jobs) job.done();
    return undefined;
  }
}

function weightOf({ pprof }: Intake, bodyBytes: number): number {
  if (pprof === undefined) return bodyBytes;
  const { locations, values } = pprof.samples;
  return bodyBytes + locations.byteLength + values.byteLength + 200 * pprof.locations.length;
}
