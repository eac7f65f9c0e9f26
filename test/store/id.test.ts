import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProfileId, makeProfileId, secondsOfId } from '../../src/store/id.ts';

describe('ids of profiles', () => {
  test('tell the second they were made from, and sort by it', () => {
    // 2009-11-10T23:00:00Z is 9bsv0s in every xid.
    expect(makeProfileId(1_257_894_000_000_000_000n)).toMatch(/^9bsv0s/);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seconds) => {
        const id = makeProfileId(BigInt(seconds) * 1_000_000_000n);
        expect(isProfileId(id)).toBe(true);
        expect(secondsOfId(id)).toBe(seconds);
      }),
    );
  });

  test('are unique within one second', () => {
    const ids = Array.from({ length: 10_000 }, () => makeProfileId(1n));
    expect(new Set(ids).size).toBe(10_000);
  });

  test('take times before 1970 and after 2106 for the nearest that they can tell', () => {
    expect(secondsOfId(makeProfileId(-1n))).toBe(0);
    expect(secondsOfId(makeProfileId(2n ** 63n))).toBe(2 ** 32 - 1);
  });

  test.each([
    '',
    'abc',
    '9bsv0s3ipt32jfck6kt',
    '9bsv0s3ipt32jfck6kt00',
    '9BSV0S3IPT32JFCK6KT0',
    '9bsv0s3ipt32jfck6kt1',
  ])('are whole or none: %j', (text) => {
    expect(isProfileId(text)).toBe(false);
  });

  test('of others are taken', () => {
    expect(isProfileId('9bsv0s3ipt32jfck6kt0')).toBe(true);
    expect(secondsOfId('9bsv0s3ipt32jfck6kt0')).toBe(1_257_894_000);
  });
});
