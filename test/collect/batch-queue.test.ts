import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/collect/batch-queue.ts';
import type { Batch } from '../../src/model/batch.ts';

function makeBatch(id: string, bytes = 10): Batch {
  const facts = { id, type: 'wall', periodNanos: 1, timeNanos: 1n, durationNanos: 1n, labels: [] } as const;
  return { ...facts, samples: 1, rows: 1, rawBytes: bytes, body: new Uint8Array(bytes) };
}

function makeQueue(limitBytes = 100): { queue: BatchQueue; evicted: string[] } {
  const evicted: string[] = [];
  return { queue: new BatchQueue({ limitBytes, onEvicted: ({ id }) => evicted.push(id) }), evicted };
}

const take = async (queue: BatchQueue): Promise<string | undefined> => (await queue.take())?.id;

describe('the queue', () => {
  test('gives the oldest first, and what is put back before all others', async () => {
    const { queue } = makeQueue();
    for (const id of ['a', 'b', 'c']) queue.push(makeBatch(id));
    const first = (await queue.take())!;
    queue.putBack([first, makeBatch('a2')]);
    expect(queue.bytes).toBe(40);
    expect([await take(queue), await take(queue), await take(queue), await take(queue)]).toEqual([
      'a',
      'a2',
      'b',
      'c',
    ]);
    expect(queue.bytes).toBe(0);
  });

  test('lets the oldest make room when its bytes are used up, and tells', () => {
    const { queue, evicted } = makeQueue(35);
    for (const id of ['a', 'b', 'c', 'd', 'e']) queue.push(makeBatch(id));
    expect(evicted).toEqual(['a', 'b']);
    expect(queue.length).toBe(3);
  });

  test('keeps the newest batch even if it alone is over the bound', () => {
    const { queue, evicted } = makeQueue(35);
    queue.push(makeBatch('a'));
    queue.push(makeBatch('huge', 50));
    expect(evicted).toEqual(['a']);
    expect(queue.length).toBe(1);
  });

  test('hands a batch to a taker that waits', async () => {
    const { queue } = makeQueue();
    const waiting = [take(queue), take(queue)];
    queue.push(makeBatch('a'));
    queue.push(makeBatch('b'));
    expect(await Promise.all(waiting)).toEqual(['a', 'b']);
  });

  test('once closed gives what is left, then nothing', async () => {
    const { queue } = makeQueue();
    queue.push(makeBatch('a'));
    queue.close();
    expect([await take(queue), await take(queue)]).toEqual(['a', undefined]);
    queue.putBack([makeBatch('b')]);
    expect(queue.drain().map(({ id }) => id)).toEqual(['b']);
  });
});
