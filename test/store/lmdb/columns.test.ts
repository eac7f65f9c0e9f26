import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValueSums } from '../../../src/formats/pprof/value-sums.ts';
import type { SeriesRows } from '../../../src/store/lmdb/columns.ts';
import { ColumnReader, ColumnWriter } from '../../../src/store/lmdb/columns.ts';

const TYPES = 2;
const anyValue = fc.oneof(
  fc.bigInt({ min: 0n, max: 1_000n }),
  fc.nat().map((n) => BigInt(n) * 10_000_000n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const anyRows = fc.uniqueArray(fc.record({ key: fc.nat(), values: fc.tuple(anyValue, anyValue) }), {
  selector: ({ key }) => key,
});

function toSeries(rows: { key: number; values: bigint[] }[]): SeriesRows {
  const sorted = rows.toSorted((a, b) => a.key - b.key);
  const values = sorted.flatMap((row) => row.values);
  const isSafe = values.every((value) => Number.isSafeInteger(Number(value)));
  return {
    rows: rows.length,
    keys: Uint32Array.from(sorted, ({ key }) => key),
    values: isSafe ? Float64Array.from(values, Number) : BigInt64Array.from(values),
  };
}

function written(all: readonly SeriesRows[]): Buffer {
  const writer = new ColumnWriter();
  for (const series of all) writer.add(series, TYPES);
  return writer.take();
}

test('columns come back as they were, series by series', () => {
  const reader = new ColumnReader();
  fc.assert(
    fc.property(fc.array(anyRows, { maxLength: 4 }), (lists) => {
      const all = lists.map(toSeries);
      reader.open(written(all));
      for (const { rows, keys, values } of all) {
        reader.read(TYPES);
        expect(reader.rows).toBe(rows);
        expect(reader.keys.slice(0, rows)).toEqual(keys);
        expect([...reader.values.slice(0, rows * TYPES)].map(BigInt)).toEqual([...values].map(BigInt));
      }
    }),
  );
});

test('columns can be passed over', () => {
  const one = toSeries([{ key: 7, values: [1n, 2n ** 62n] }]);
  const other = toSeries([{ key: 9, values: [3n, 4n] }]);
  const reader = new ColumnReader();
  reader.open(written([one, other]));
  reader.skip();
  reader.read(TYPES);
  expect([reader.keys[0], reader.values[0], reader.values[1]]).toEqual([9, 3, 4]);
});

test('values of a profiler take two bytes or three: a step to the next key, a count, a multiple of the period', () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => ({
    key: i * 3,
    values: [BigInt(i % 90), BigInt(i % 90) * 10_000_000n],
  }));
  expect(written([toSeries(rows)]).length).toBeLessThan(3_020);
});

test('sums wrap as int64 does and stay exact', () => {
  const series = toSeries([{ key: 2, values: [2n ** 63n - 1n, 5n] }]);
  const sums = new ValueSums(TYPES);
  const reader = new ColumnReader();
  for (let i = 0; i < 2; i++) {
    reader.open(written([series]));
    reader.read(TYPES);
    reader.addTo(sums);
  }
  expect([...sums.pick([2])].map(BigInt)).toEqual([-2n, 10n]);
});
