// Where batches go.
import type { Batch } from '../model/batch.ts';
import type { Outcome } from './outcome.ts';

export interface Destination {
  /** One attempt; never rejects for trouble with the server or the network. */
  deliver(batch: Batch, signal: AbortSignal): Promise<Outcome>;
  close(): Promise<void>;
}
