import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeProfileId } from '../../../src/store/id.ts';
import { MAX_KEY_BYTES } from '../../../src/store/objects/object-storage.ts';
import {
  bodyKey,
  bodyPrefix,
  keysOfWindow,
  lastName,
  parseBodyKey,
  recordKey,
} from '../../../src/store/objects/own-keys.ts';

const MAX_NANOS = 2n ** 63n - 1n;
const anyName = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '.', '..', '...', '%', '%2F', '/', 'a/b', '-', 'a b'),
);
const anyNanos = fc.bigInt({ min: 0n, max: MAX_NANOS });
const anyParts = fc
  .record({ tenant: anyName, service: anyName, type: anyName, createdAtNanos: anyNanos })
  .map((parts) => ({ ...parts, id: makeProfileId(parts.createdAtNanos) }));

describe('keys of bodies', () => {
  test('say service, type, day, hour and time in words that people can read', () => {
    const id = 'bgkm9o3ipt32jfck6kt0';
    const createdAtNanos = 1_546_300_800_123_456_789n;
    const parts = { tenant: 'anonymous', service: 'shop/web', type: 'cpu', createdAtNanos, id };
    expect(bodyKey(parts)).toBe(`v1/anonymous/shop%2Fweb/cpu/20190101/00/1546300800123456789-${id}`);
    expect(recordKey('a b', id)).toBe(`v1-records/a%20b/${id}`);
  });

  test('give all of it back', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const key = bodyKey(parts);
        expect(key).toMatch(/^[\w%./-]+$/);
        expect(key.split('/').filter((name) => ['', '.', '..'].includes(name))).toEqual([]);
        expect(parseBodyKey(key)).toEqual(parts);
        expect(lastName(bodyPrefix(parts.tenant, parts.service))).toBe(parts.service);
      }),
    );
  });

  test('lie in a window exactly when their time does', () => {
    const near = fc.bigInt({ min: 0n, max: 7_200_000_000_000n });
    fc.assert(
      fc.property(
        fc.oneof(near, anyNanos),
        fc.oneof(near, anyNanos),
        fc.oneof(near, anyNanos),
        (time, from, until) => {
          const key = bodyKey({
            tenant: 't',
            service: 's',
            type: 'u',
            createdAtNanos: time,
            id: makeProfileId(time),
          });
          const window = keysOfWindow(bodyPrefix('t', 's', 'u'), from, until);
          expect(window !== undefined && key > window.after && key < window.before).toBe(
            time >= from && time <= until,
          );
        },
      ),
    );
  });

  test('know windows that begin before 1970 or end after 2262', () => {
    const all = keysOfWindow('p/', -5n, 2n ** 70n);
    expect(all).toEqual(keysOfWindow('p/', 0n, MAX_NANOS));
    expect(keysOfWindow('p/', 2n ** 70n, 2n ** 71n)).toBeUndefined();
    expect(keysOfWindow('p/', -9n, -5n)).toBeUndefined();
  });

  test('are refused for times and names that have no place', () => {
    const parts = { tenant: 't', service: 's', type: 'u', createdAtNanos: 0n, id: makeProfileId(0n) };
    expect(() => bodyKey({ ...parts, createdAtNanos: -1n })).toThrow('between 1970 and 2262');
    expect(() => bodyKey({ ...parts, createdAtNanos: MAX_NANOS + 1n })).toThrow('between 1970 and 2262');
    expect(() => bodyKey({ ...parts, service: 'é'.repeat(MAX_KEY_BYTES / 6) })).toThrow('too long');
  });

  test.each([
    ['another prefix', 'v2/t/s/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0'],
    ['a name too few', 'v1/t/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0'],
    ['a name too many', 'v1/t/s/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0/x'],
    ['another day', 'v1/t/s/cpu/20190102/00/1546300800000000000-bgkm9o3ipt32jfck6kt0'],
    ['a short time', 'v1/t/s/cpu/20190101/00/154630080000000000-bgkm9o3ipt32jfck6kt0'],
    ['no id', 'v1/t/s/cpu/20190101/00/1546300800000000000-abc'],
    ['more behind the id', 'v1/t/s/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0-x'],
    ['a broken escape', 'v1/t/s%GG/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0'],
    ['no UTF-8', 'v1/t/%FF/cpu/20190101/00/1546300800000000000-bgkm9o3ipt32jfck6kt0'],
    ['nothing', ''],
  ])('are not what has %s', (_, key) => {
    expect(parseBodyKey(key)).toBeUndefined();
  });
});
