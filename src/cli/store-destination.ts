// Batches to a store in this process: no HTTP, the same outcomes.
import type { Destination } from '../deliver/destination.ts';
import type { Outcome } from '../deliver/outcome.ts';
import { SERVICE_NAME } from '../deliver/pyroscope/labels.ts';
import type { Batch } from '../model/batch.ts';
import { ANONYMOUS } from '../serve/guard.ts';
import type { Upload } from '../store/profile.ts';
import type { ProfileStore } from '../store/store.ts';
import { StoreError } from '../store/store.ts';

export class StoreDestination implements Destination {
  private readonly store: ProfileStore;

  constructor(store: ProfileStore) {
    this.store = store;
  }

  async deliver(batch: Batch): Promise<Outcome> {
    try {
      await this.store.write(uploadOf(batch));
      return { kind: 'delivered' };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return judge(error);
    }
  }

  /** The store is not its own. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}

function uploadOf({ id, type, timeNanos, labels, body }: Batch): Upload {
  return {
    tenant: ANONYMOUS,
    service: labels.find(([name]) => name === SERVICE_NAME)?.[1] ?? '',
    type,
    labels: labels.filter(([name]) => name !== SERVICE_NAME),
    createdAtNanos: timeNanos,
    body,
    splitsSeries: true,
    // A batch that is tried again, also from the spool of an earlier run, is still one profile.
    key: id,
  };
}

function judge({ code, message }: StoreError): Outcome {
  if (code === 'too_large') return { kind: 'too_large', reason: message };
  if (code === 'malformed' || code === 'incompatible')
    return { kind: 'rejected', status: 0, reason: message };
  // A full disk and a store that is away pass, with luck: samples wait for that in the queue, as for any server.
  return { kind: 'retry', reason: message };
}
