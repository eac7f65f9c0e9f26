// Sealed batches on their way to the workers: first in, first out, bounded in bytes, and backed by the spool where there is one.
// Each batch that comes in leaves through `settle`, `replace`, or a drop that is counted here.
import type { Batch, BatchFacts } from '../model/batch.ts';
import type { DropReason } from '../model/sample-sink.ts';
import type { Ledger } from '../observe/ledger.ts';
import { factsOf, queuedBatch, residentBytesOf, spooledBatch } from './queued-batch.ts';
import type { QueuedBatch, Remains } from './queued-batch.ts';
import type { Spool } from './spool.ts';

export interface BatchQueueOptions {
  /** Of bodies held in memory, those on the wire included. */
  readonly limitBytes: number;
  readonly ledger: Ledger;
  readonly spool?: Spool | undefined;
  /** Each drop that the queue puts in the ledger, for logs. */
  readonly dropped?: (reason: DropReason, batch: BatchFacts) => void;
}

export interface QueueTotals {
  readonly batches: number;
  readonly samples: number;
  /** Of those, what an end of the program would not lose. */
  readonly spooledSamples: number;
  /** Of bodies in memory. */
  readonly residentBytes: number;
  /** Of files, 0 without a spool. */
  readonly spoolBytes: number;
}

/** What a spool file costs beyond its body, at most, for keeping the cap before it is written. */
const HEADER_ALLOWANCE_BYTES = 4_096;

export class BatchQueue {
  private readonly options: BatchQueueOptions;
  private readonly queued: QueuedBatch[] = [];
  private readonly taken = new Map<string, QueuedBatch>();
  private readonly waiters = new Set<() => void>();
  private readonly removals = new Set<Promise<void>>();
  private residentBytes = 0;
  private isClosed = false;

  constructor(options: BatchQueueOptions) {
    this.options = options;
  }

  /** Takes over what an earlier run left in the spool, ahead of what is queued. Call it once. */
  async replay(): Promise<void> {
    const { spool, ledger } = this.options;
    const entries: QueuedBatch[] = [];
    for (const { facts, isDamaged } of (await spool?.replay()) ?? []) {
      ledger.replay(facts.samples);
      const entry = spooledBatch(facts);
      if (isDamaged) this.drop(entry, 'spool_damaged');
      else entries.push(entry);
    }
    this.queued.unshift(...entries);
    this.makeSpoolRoom(0);
    this.changed();
  }

  /** Resolves when the batch is as safe as it gets: on disk with a spool, in memory without. Never rejects. */
  async push(batch: Batch): Promise<void> {
    const entry = queuedBatch(batch);
    this.residentBytes += residentBytesOf(entry);
    if (this.isClosed) {
      this.drop(entry, 'shutdown');
      return;
    }
    if (this.options.spool === undefined && batch.body.length > this.options.limitBytes) {
      this.drop(entry, 'queue_full'); // alone: it would push out all others and still not fit
      return;
    }
    this.queued.push(entry);
    const written = this.writeAhead(entry);
    this.fit();
    this.changed();
    await written;
  }

  /** The oldest batch, once there is one. Undefined after an abort or `close`. The taker must settle, replace or put it back. */
  async take(signal: AbortSignal): Promise<Batch | undefined> {
    while (!signal.aborted && !this.isClosed) {
      const entry = this.queued.shift();
      if (entry === undefined) {
        await this.change(signal);
        continue;
      }
      this.taken.set(entry.facts.id, entry);
      const body = entry.body ?? (await this.load(entry));
      if (body !== undefined) return { ...entry.facts, body };
    }
    return undefined;
  }

  /** Returns batches that were taken, in their order. Their facts may have changed: samples that were delivered meanwhile. */
  putBack(batches: readonly Batch[], place: 'front' | 'back' = 'front'): void {
    const entries = batches.flatMap((batch) => {
      const entry = this.taken.get(batch.id);
      if (entry === undefined) return [];
      this.taken.delete(batch.id);
      entry.facts = factsOf(batch);
      return [entry];
    });
    if (place === 'front') this.queued.unshift(...entries);
    else this.queued.push(...entries);
    this.fit();
    this.changed();
  }

  /** The fate of a taken batch is decided and counted: nothing of it stays. */
  async settle(batch: BatchFacts): Promise<void> {
    const entry = this.taken.get(batch.id);
    if (entry === undefined) return;
    this.taken.delete(batch.id);
    this.forget(entry);
    this.changed();
    await entry.writing;
    await Promise.all(this.removals);
  }

  /** Parts take the place of a taken batch, at the front. They are on disk before the whole leaves it. */
  async replace(whole: BatchFacts, parts: readonly Batch[]): Promise<void> {
    const entries = parts.map(queuedBatch);
    for (const entry of entries) this.residentBytes += residentBytesOf(entry);
    await Promise.all(entries.map((entry) => this.writeAhead(entry)));
    this.queued.unshift(...entries);
    await this.settle(whole);
    this.fit();
    this.changed();
  }

  /** Resolves when nothing is queued or taken any more, or on abort. */
  async empty(signal: AbortSignal): Promise<void> {
    while (this.queued.length + this.taken.size > 0 && !signal.aborted) await this.change(signal);
  }

  totals(): QueueTotals {
    const entries = [...this.queued, ...this.taken.values()];
    const samples = entries.reduce((sum, entry) => sum + entry.facts.samples, 0);
    const spoolBytes = this.options.spool?.bytes ?? 0;
    const spooledSamples = entries.reduce(
      (sum, entry) => sum + (entry.isOnDisk ? entry.facts.samples : 0),
      0,
    );
    return {
      batches: entries.length,
      samples,
      spooledSamples,
      residentBytes: this.residentBytes,
      spoolBytes,
    };
  }

  /** Ends the queue: what is left stays in the spool or is dropped as `shutdown`. Later pushes are dropped. */
  async close(): Promise<Remains> {
    this.isClosed = true;
    const left = [...this.taken.values(), ...this.queued.splice(0)];
    this.taken.clear();
    this.changed();
    let [spooledBatches, spooledSamples, droppedBatches, droppedSamples] = [0, 0, 0, 0];
    for (const entry of left) {
      await (entry.writing ?? (entry.isOnDisk ? undefined : this.writeAhead(entry)));
      if (entry.isOnDisk) {
        spooledBatches += 1;
        spooledSamples += entry.facts.samples;
      } else {
        droppedBatches += 1;
        droppedSamples += entry.facts.samples;
        this.drop(entry, 'shutdown');
      }
    }
    await Promise.all(this.removals);
    await this.options.spool?.close();
    return { spooledBatches, spooledSamples, droppedBatches, droppedSamples };
  }

  private writeAhead(entry: QueuedBatch): Promise<void> {
    const { spool } = this.options;
    const { facts, body } = entry;
    if (spool === undefined || body === undefined) return Promise.resolve();
    if (!this.makeSpoolRoom(body.length + HEADER_ALLOWANCE_BYTES)) return Promise.resolve();
    entry.writing = spool.write({ ...facts, body }).then((isWritten) => {
      entry.writing = undefined;
      entry.isOnDisk = isWritten;
      if (entry.isSettled) this.unspool(entry);
      this.fit();
    });
    return entry.writing;
  }

  /** Drops the oldest spooled batches until `bytes` more fit; false if they can't. */
  private makeSpoolRoom(bytes: number): boolean {
    const { spool } = this.options;
    if (spool === undefined) return false;
    while (spool.bytes + bytes > spool.limitBytes) {
      const oldest = bytes > spool.limitBytes ? -1 : this.queued.findIndex((entry) => entry.isOnDisk);
      if (oldest < 0) return false;
      this.drop(this.queued.splice(oldest, 1)[0]!, 'spool_full');
    }
    return true;
  }

  /** Keeps memory under its limit: first by leaving bodies to the disk, the newest first, then by dropping the oldest. */
  private fit(): void {
    const { limitBytes } = this.options;
    for (let i = this.queued.length - 1; i >= 0 && this.residentBytes > limitBytes; i--) {
      if (this.queued[i]!.isOnDisk) this.release(this.queued[i]!);
    }
    while (this.residentBytes > limitBytes) {
      // A batch that is just being written will leave memory by itself, unless the disk is too slow for that.
      const isPatient = this.residentBytes <= 2 * limitBytes;
      const oldest = this.queued.findIndex(
        (entry) => entry.body !== undefined && !(isPatient && entry.writing),
      );
      if (oldest < 0) return;
      this.drop(this.queued.splice(oldest, 1)[0]!, 'queue_full');
    }
  }

  private async load(entry: QueuedBatch): Promise<Uint8Array | undefined> {
    const body = await this.options.spool?.read(entry.facts);
    if (body === undefined) {
      this.taken.delete(entry.facts.id);
      this.drop(entry, 'spool_damaged');
      this.changed();
      return undefined;
    }
    entry.body = body;
    this.residentBytes += body.length;
    this.fit();
    return body;
  }

  private drop(entry: QueuedBatch, reason: DropReason): void {
    this.options.ledger.drop(reason, entry.facts.samples);
    this.options.dropped?.(reason, entry.facts);
    this.forget(entry);
  }

  private forget(entry: QueuedBatch): void {
    entry.isSettled = true;
    this.release(entry);
    this.unspool(entry);
  }

  private release(entry: QueuedBatch): void {
    this.residentBytes -= residentBytesOf(entry);
    entry.body = undefined;
  }

  private unspool(entry: QueuedBatch): void {
    if (!entry.isOnDisk || this.options.spool === undefined) return;
    entry.isOnDisk = false;
    const removal = this.options.spool.remove(entry.facts).finally(() => this.removals.delete(removal));
    this.removals.add(removal);
  }

  private changed(): void {
    for (const wake of [...this.waiters]) wake();
  }

  private change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiters.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
