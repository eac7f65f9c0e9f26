import { describe, expect, test } from 'vitest';
import { InsertBatch } from '../../../src/store/clickhouse/insert-batch.ts';

describe('inserts', () => {
  function makeBatch(
    maxRows: number,
    maxBytes: number,
    fail: (rows: readonly number[]) => boolean = () => false,
  ) {
    const inserts: (readonly number[])[] = [];
    let underWay = 0;
    const insert = async (rows: readonly number[]) => {
      expect((underWay += 1)).toBe(1);
      inserts.push(rows);
      await new Promise(setImmediate);
      underWay -= 1;
      if (fail(rows)) throw new Error('no');
    };
    return { inserts, batch: new InsertBatch(insert, { maxRows, maxBytes, lingerMs: 1 }) };
  }

  test('take rows together, in order, one insert at a time, up to their bounds', async () => {
    const { inserts, batch } = makeBatch(4, 100);
    await Promise.all([1, 2, 3, 4, 5, 60, 50, 7, 200, 8].map((row) => batch.add(row, row)));
    expect(inserts).toEqual([[1, 2, 3, 4], [5, 60], [50, 7], [200], [8]]);
    await batch.add(9, 9);
    expect(inserts.at(-1)).toEqual([9]);
  });

  test('fail for the rows that were in them, and for no others', async () => {
    const { batch } = makeBatch(2, 100, (rows) => rows.includes(3));
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map((row) => batch.add(row, 1)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled',
    ]); // prettier-ignore
  });
});
