import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/collect/batch-queue.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import { plainBatch } from './plain-batch.ts';

const never = new AbortController().signal;

function makeQueue(limitBytes: number) {
  const ledger = new Ledger();
  const dropped: string[] = [];
  const queue = new BatchQueue({
    limitBytes,
    ledger,
    dropped: (reason, batch) => dropped.push(`${reason} ${batch.id}`),
  });
  const push = (batch: ReturnType<typeof plainBatch>): Promise<void> => {
    ledger.receive(batch.samples);
    return queue.push(batch);
  };
  return { queue, ledger, dropped, push };
}

describe('batch queue in memory', () => {
  test('hands out batches in the order in which they came', async () => {
    const { queue, push } = makeQueue(10_000);
    const batches = [plainBatch(), plainBatch(), plainBatch()];
    for (const batch of batches) await push(batch);
    for (const batch of batches) expect((await queue.take(never))?.id).toBe(batch.id);
  });

  test('lets a taker wait until a batch comes, and wakes only one taker for it', async () => {
    const { queue, push } = makeQueue(10_000);
    const first = queue.take(never);
    const second = queue.take(never);
    await push(plainBatch({ id: 'a' }));
    expect((await first)?.id).toBe('a');
    await push(plainBatch({ id: 'b' }));
    expect((await second)?.id).toBe('b');
  });

  test('ends a wait on abort', async () => {
    const { queue } = makeQueue(10_000);
    const abort = new AbortController();
    const taken = queue.take(abort.signal);
    abort.abort();
    expect(await taken).toBeUndefined();
  });

  test('drops the oldest batch when full, and counts it', async () => {
    const { queue, ledger, dropped, push } = makeQueue(250);
    for (const id of ['a', 'b', 'c']) await push(plainBatch({ id }));
    expect(dropped).toEqual(['queue_full a']);
    expect(ledger.totals().dropped.get('queue_full')).toBe(10);
    expect((await queue.take(never))?.id).toBe('b');
  });

  test('drops a batch that is larger than the whole queue alone, not the others for it', async () => {
    const { queue, dropped, push } = makeQueue(250);
    await push(plainBatch({ id: 'small' }));
    await push(plainBatch({ id: 'huge', body: new Uint8Array(300) }));
    expect(dropped).toEqual(['queue_full huge']);
    expect(queue.totals()).toMatchObject({ batches: 1, residentBytes: 100 });
  });

  test('counts bodies on the wire against the limit', async () => {
    const { queue, dropped, push } = makeQueue(250);
    await push(plainBatch({ id: 'wire' }));
    await queue.take(never);
    await push(plainBatch({ id: 'a' }));
    await push(plainBatch({ id: 'b' }));
    expect(dropped).toEqual(['queue_full a']);
    expect(queue.totals().residentBytes).toBe(200);
  });

  test('puts batches back to the front in their order, or to the back', async () => {
    const { queue, push } = makeQueue(10_000);
    for (const id of ['a', 'b', 'c']) await push(plainBatch({ id }));
    const a = (await queue.take(never))!;
    const b = (await queue.take(never))!;
    queue.putBack([a, b]);
    expect((await queue.take(never))?.id).toBe('a');
    queue.putBack([a], 'back');
    const rest = [await queue.take(never), await queue.take(never), await queue.take(never)];
    expect(rest.map((batch) => batch?.id)).toEqual(['b', 'c', 'a']);
  });

  test('drops only the samples that were not delivered before a batch came back', async () => {
    const { queue, ledger, push } = makeQueue(10_000);
    await push(plainBatch({ samples: 10 }));
    const taken = (await queue.take(never))!;
    ledger.deliver(4);
    queue.putBack([{ ...taken, samples: 6 }]);
    await queue.close();
    expect(ledger.totals()).toMatchObject({ delivered: 4, droppedTotal: 6, pending: 0 });
  });

  test('puts the parts of a split batch at the front', async () => {
    const { queue, push } = makeQueue(10_000);
    await push(plainBatch({ id: 'whole' }));
    await push(plainBatch({ id: 'next' }));
    const whole = (await queue.take(never))!;
    await queue.replace(whole, [plainBatch({ id: 'left' }), plainBatch({ id: 'right' })]);
    const order = [await queue.take(never), await queue.take(never), await queue.take(never)];
    expect(order.map((batch) => batch?.id)).toEqual(['left', 'right', 'next']);
  });

  test('is empty only when nothing is queued or taken', async () => {
    const { queue, push } = makeQueue(10_000);
    await push(plainBatch());
    const taken = (await queue.take(never))!;
    let isEmpty = false;
    const empty = queue.empty(never).then(() => (isEmpty = true));
    await Promise.resolve();
    expect(isEmpty).toBe(false);
    await queue.settle(taken);
    await empty;
  });

  test('drops what is left at the end as shutdown, later pushes too', async () => {
    const { queue, ledger, push } = makeQueue(10_000);
    await push(plainBatch());
    const remains = await queue.close();
    expect(remains).toMatchObject({ droppedBatches: 1, droppedSamples: 10, spooledSamples: 0 });
    await push(plainBatch());
    expect(ledger.totals().dropped.get('shutdown')).toBe(20);
    expect(ledger.totals().pending).toBe(0);
  });

  test('stays within its limit and accounts for each sample, whatever is done to it', async () => {
    const step = fc.constantFrom('push', 'take', 'settle', 'back', 'split');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.integer({ min: 1, max: 400 })), { maxLength: 60 }),
        async (steps) => {
          const { queue, ledger, push } = makeQueue(1_000);
          const held: NonNullable<Awaited<ReturnType<typeof queue.take>>>[] = [];
          for (const [action, size] of steps) {
            if (action === 'push') await push(plainBatch({ body: new Uint8Array(size) }));
            if (action === 'take' && queue.totals().batches > held.length)
              held.push((await queue.take(never))!);
            const batch = action === 'push' || action === 'take' ? undefined : held.pop();
            if (batch === undefined) continue;
            if (action === 'settle') ledger.deliver(batch.samples);
            if (action === 'settle') await queue.settle(batch);
            if (action === 'back') queue.putBack([batch]);
            const half = { samples: batch.samples / 2, body: batch.body.slice(0, batch.body.length / 2) };
            if (action === 'split') await queue.replace(batch, [plainBatch(half), plainBatch(half)]);
            const onWire = held.reduce((sum, taken) => sum + taken.body.length, 0);
            expect(queue.totals().residentBytes).toBeLessThanOrEqual(Math.max(1_000, onWire));
            expect(queue.totals().samples).toBe(ledger.totals().pending);
          }
          await queue.close();
          expect(ledger.totals().pending).toBe(0);
        },
      ),
      { seed: 7, numRuns: 100 },
    );
  });
});
