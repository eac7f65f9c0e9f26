import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dayLiteral,
  dayOf,
  isDay,
  literal,
  MAX_LITERAL_BYTES,
  uint64,
} from '../../../src/store/clickhouse/sql.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;

describe('SQL', () => {
  test('has texts as strings that nothing can leave', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const sql = literal(text);
        expect(sql).toMatch(/^'(?:[\w ./:-]|\\x[\da-f]{2})*'$/);
        const bytes = sql
          .slice(1, -1)
          .replace(/\\x(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
        expect(Buffer.from(bytes, 'latin1').toString()).toBe(Buffer.from(text).toString());
      }),
    );
  });

  test('takes no texts without end', () => {
    expect(() => literal('x'.repeat(MAX_LITERAL_BYTES))).not.toThrow();
    expect(() => literal('é'.repeat(MAX_LITERAL_BYTES / 2 + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  test('cuts times to what its types can hold', () => {
    expect([dayOf(-1n), dayOf(0n), dayOf(NANOS_PER_DAY), dayOf(2n ** 80n)]).toEqual([0, 0, 1, 65_535]);
    expect([isDay(-1n), isDay(0n), isDay(65_536n * NANOS_PER_DAY)]).toEqual([false, true, false]);
    expect([uint64(-5n), uint64(7n), uint64(2n ** 70n)]).toEqual(['0', '7', '18446744073709551615']);
    expect([dayLiteral(0), dayLiteral(17_897)]).toEqual(["'1970-01-01'", "'2019-01-01'"]);
  });
});
