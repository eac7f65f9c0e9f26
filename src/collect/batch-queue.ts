// Batches that wait for delivery: first in, first out, bounded in bytes; the oldest makes room for the newest.
import type { Batch } from '../model/batch.ts';

export interface BatchQueueOptions {
  /** Bytes of all bodies together. */
  readonly limitBytes: number;
  /** A batch that had to make room; its fate is decided, the caller counts it. */
  readonly onEvicted: (batch: Batch) => void;
}

export class BatchQueue {
  private readonly options: BatchQueueOptions;
  private batches: Batch[] = [];
  private waiting: ((batch: Batch | undefined) => void)[] = [];
  private heldBytes = 0;
  private isClosed = false;

  constructor(options: BatchQueueOptions) {
    this.options = options;
  }

  get length(): number {
    return this.batches.length;
  }

  /** Bytes of the bodies that wait. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** Adds a batch at the end. */
  push(batch: Batch): void {
    this.batches.push(batch);
    this.admit(batch);
  }

  /** Adds batches in front, in their order: they were taken before and are tried again. */
  putBack(batches: readonly Batch[]): void {
    this.batches.unshift(...batches);
    for (const batch of batches) this.admit(batch);
  }

  /** The oldest batch, as soon as there is one; undefined once the queue is closed and empty. */
  take(): Promise<Batch | undefined> {
    const batch = this.shift();
    if (batch !== undefined || this.isClosed) return Promise.resolve(batch);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** No more waiting: takers get what is left, then undefined. Batches may still be put back. */
  close(): void {
    this.isClosed = true;
    for (const resolve of this.waiting.splice(0)) resolve(undefined);
  }

  /** Takes out everything that is left. */
  drain(): Batch[] {
    this.heldBytes = 0;
    return this.batches.splice(0);
  }

  private admit(batch: Batch): void {
    this.heldBytes += batch.body.length;
    while (this.heldBytes > this.options.limitBytes && this.batches.length > 1)
      this.options.onEvicted(this.shift()!);
    const resolve = this.batches.length > 0 ? this.waiting.shift() : undefined;
    if (resolve !== undefined) resolve(this.shift());
  }

  private shift(): Batch | undefined {
    const batch = this.batches.shift();
    if (batch !== undefined) this.heldBytes -= batch.body.length;
    return batch;
  }
}
