// Batches whose bodies are just bytes: enough for the queue and the spool, which never look inside.
import { randomUUID } from 'node:crypto';
import type { Batch } from '../../src/model/batch.ts';

let lastTimeNanos = 1_700_000_000_000_000_000n;

export function plainBatch(change: Partial<Batch> = {}): Batch {
  lastTimeNanos += 1_000_000_007n;
  return {
    id: randomUUID(),
    type: 'wall',
    periodNanos: 10_101_010,
    timeNanos: lastTimeNanos,
    durationNanos: 10_000_000_000n,
    labels: [
      ['env', 'prod'],
      ['service_name', 'shop'],
    ],
    samples: 10,
    rows: 2,
    rawBytes: 5_000,
    body: new Uint8Array(100).fill(7),
    ...change,
  };
}
