import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseId, parseTraceparent } from '../../src/transform/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const GOOD = { traceId: TRACE, spanId: SPAN };

describe('a traceparent', () => {
  test.each([
    ['version 00', `00-${TRACE}-${SPAN}-01`],
    ['any flags', `00-${TRACE}-${SPAN}-fe`],
    ['a later version with the same fields', `01-${TRACE}-${SPAN}-00`],
    ['a later version with further fields', `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`],
    ['a later version with an empty further field', `fe-${TRACE}-${SPAN}-01-`],
  ])('of %s is read', (_, text) => {
    expect(parseTraceparent(text)).toEqual(GOOD);
  });

  test.each([
    ['nothing', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with further fields', `00-${TRACE}-${SPAN}-01-more`],
    ['version 00 with a dash behind it', `00-${TRACE}-${SPAN}-01-`],
    ['a later version with a tail without a dash', `01-${TRACE}-${SPAN}-01.what`],
    ['upper-case ids', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['an upper-case version', `0A-${TRACE}-${SPAN}-01`],
    ['upper-case flags', `00-${TRACE}-${SPAN}-0A`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span id', `00-${TRACE}-${SPAN}0-01`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['other digits', `00-${TRACE.slice(1)}g-${SPAN}-01`],
    ['two headers in one', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['other separators', `00_${TRACE}_${SPAN}_01`],
    ['a line break in front', `\n00-${TRACE}-${SPAN}-01`],
    ['a line break behind', `00-${TRACE}-${SPAN}-01\n`],
  ])('of %s is not valid', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test('is read back from whatever ids and flags it is made of', () => {
    const digits = (count: number): fc.Arbitrary<string> =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${count}}$`)).filter((text) => !/^0+$/.test(text));
    const version = fc.stringMatching(/^[0-9a-f]{2}$/).filter((text) => text !== 'ff');
    const flags = fc.stringMatching(/^[0-9a-f]{2}$/);
    fc.assert(
      fc.property(version, digits(32), digits(16), flags, (v, traceId, spanId, f) => {
        expect(parseTraceparent(`${v}-${traceId}-${spanId}-${f}`)).toEqual({ traceId, spanId });
      }),
    );
  });

  test('never gives anything but ids, whatever the text', () => {
    const near = fc
      .tuple(fc.nat(54), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(
        ([at, text]) => `00-${TRACE}-${SPAN}-01`.slice(0, at) + text + `00-${TRACE}-${SPAN}-01`.slice(at + 1),
      );
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary', maxLength: 60 })), (text) => {
        const found = parseTraceparent(text);
        if (found === undefined) return;
        expect(found.traceId).toMatch(/^[0-9a-f]{32}$/);
        expect(found.spanId).toMatch(/^[0-9a-f]{16}$/);
      }),
    );
  });
});

test('an id that stands alone may be in capitals and padded with space, and nothing else', () => {
  expect(parseId(` ${SPAN.toUpperCase()} `, 16)).toBe(SPAN);
  for (const text of ['', '0'.repeat(16), SPAN.slice(1), `${SPAN}0`, `0x${SPAN.slice(2)}`])
    expect(parseId(text, 16)).toBeUndefined();
});
