// A batch as the queue holds it: its facts always, its body only while memory has room or it is on no disk.
import type { Batch, BatchFacts } from '../model/batch.ts';

export interface QueuedBatch {
  facts: BatchFacts;
  /** Undefined while only the spool holds it. */
  body: Uint8Array | undefined;
  isOnDisk: boolean;
  /** Being written to the spool. */
  writing: Promise<void> | undefined;
  /** Its fate is decided: a write that ends later removes its file. */
  isSettled: boolean;
}

export function queuedBatch(batch: Batch): QueuedBatch {
  return { facts: factsOf(batch), body: batch.body, isOnDisk: false, writing: undefined, isSettled: false };
}

/** One that an earlier run left in the spool. */
export function spooledBatch(facts: BatchFacts): QueuedBatch {
  return { facts, body: undefined, isOnDisk: true, writing: undefined, isSettled: false };
}

export function factsOf(batch: Batch): BatchFacts {
  const { id, type, periodNanos, timeNanos, durationNanos, labels, samples, rows, rawBytes } = batch;
  return { id, type, periodNanos, timeNanos, durationNanos, labels, samples, rows, rawBytes };
}

export function residentBytesOf(entry: QueuedBatch): number {
  return entry.body?.length ?? 0;
}

/** What `BatchQueue.close` leaves behind. */
export interface Remains {
  readonly spooledBatches: number;
  readonly spooledSamples: number;
  readonly droppedBatches: number;
  readonly droppedSamples: number;
}
