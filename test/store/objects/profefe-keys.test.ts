import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeProfileId } from '../../../src/store/id.ts';
import { idsOfWindow, parseProfefeKey, typePrefix } from '../../../src/store/objects/profefe-keys.ts';

const ID = '9bsv0s3ipt32jfck6kt0';
const SECOND = 1_000_000_000n;

describe("profefe's keys", () => {
  test.each([
    ['without labels', '', []],
    ['with labels', ',k=v,a=b', [['a', 'b'], ['k', 'v']]],
    ['with escapes', ',path=%2Fa%2Cb+c,x=1%3D2', [['path', '/a,b c'], ['x', '1=2']]],
    ['with odd pairs', ',=v, k = v ,solo,a=x=y', [['a', 'x=y'], ['k', 'v']]],
  ] as const)('are read %s', (_, suffix, labels) => {
    expect(parseProfefeKey(`P0.service1/1/${ID}${suffix}`)).toEqual({
      id: ID,
      service: 'service1',
      type: 'cpu',
      labels,
      timeNanos: BigInt(Date.parse('2009-11-10T23:00:00Z')) * 1_000_000n,
    });
  }); // prettier-ignore

  test.each([
    ['no slashes', 'P0.service1'],
    ['another beginning', `P1.service1/1/${ID}`],
    ['no beginning', `service1/1/${ID}`],
    ['no service', `P0./1/${ID}`],
    ['a word for the type', `P0.service1/cpu/${ID}`],
    ['an unknown type', `P0.service1/0/${ID}`],
    ['a type that is none', `P0.service1/999/${ID}`],
    ['a bad id', 'P0.service1/1/xxx'],
    ['a longer id', `P0.service1/1/${ID}0`],
    ['a broken escape', `P0.service1/1/${ID},k=%GG`],
    ['nothing', ''],
  ])('are not what has %s', (_, key) => {
    expect(parseProfefeKey(key)).toBeUndefined();
  });

  test('know the place of services with slashes, and of the types that there were', () => {
    expect(typePrefix('a/b', 'trace')).toBe('P0.a__b/128/');
    expect(typePrefix('a', 'wall')).toBeUndefined();
  });

  test('lie in a window when their second does', () => {
    const anyTime = fc.bigInt({ min: 0n, max: 10n * SECOND });
    fc.assert(
      fc.property(anyTime, anyTime, anyTime, (time, from, until) => {
        const key = `p/${makeProfileId(time)}`;
        const window = idsOfWindow('p/', from, until);
        const isInside = window !== undefined && key > window.after && key < window.before!;
        expect(isInside).toBe(time / SECOND >= from / SECOND && time / SECOND <= until / SECOND);
      }),
    );
    expect(idsOfWindow('p/', 2n ** 33n * SECOND, 2n ** 34n * SECOND)).toBeUndefined();
    expect(idsOfWindow('p/', 0n, 2n ** 34n * SECOND)?.before).toBeUndefined();
    expect(idsOfWindow('p/', -5n, -1n)).toBeUndefined();
  });
});
