import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowReader, RowWriter } from '../../../src/store/clickhouse/row-binary.ts';

describe('RowBinary', () => {
  test('gives back what was written', () => {
    const anyRow = fc.tuple(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
    );
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        const writer = new RowWriter();
        for (const [number, text] of rows) {
          writer.uint64(number);
          writer.string(text);
        }
        const reader = new RowReader(writer.take());
        const read: [bigint, string][] = [];
        while (!reader.isAtEnd) read.push([reader.uint64(), reader.string()]);
        expect(read).toEqual(rows);
      }),
    );
  });

  test('is written as its description says', () => {
    const writer = new RowWriter();
    writer.date(17_897);
    writer.byte(7);
    writer.strings(['a', 'é']);
    writer.float64(1.5);
    writer.string(new Uint8Array(128));
    const expected = [0xe9, 0x45, 7, 2, 1, 0x61, 2, 0xc3, 0xa9, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x80, 1];
    expect([...writer.take().subarray(0, expected.length)]).toEqual(expected);
    expect(writer.take()).toHaveLength(expected.length + 128);
  });

  test('is not read over its end', () => {
    for (const bytes of [[], [5, 1], [0x80], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]])
      expect(() => new RowReader(Buffer.from(bytes)).string()).toThrow('less than it announced');
    expect(() => new RowReader(Buffer.alloc(7)).uint64()).toThrow('less than it announced');
  });
});
