import { describe, expect, test } from 'vitest';
import { compileMatchers, MAX_PATTERN_LENGTH } from '../../src/store/matching.ts';
import type { MatchOperator } from '../../src/store/selector.ts';

const labels = new Map([
  ['env', 'prod'],
  ['uri', '/shop/7'],
]);
const holds = (name: string, operator: MatchOperator, value: string): boolean =>
  compileMatchers([{ name, operator, value }])((label) => labels.get(label) ?? '');

describe('matchers', () => {
  test.each<[string, MatchOperator, string, boolean]>([
    ['env', '=', 'prod', true],
    ['env', '=', 'pro', false],
    ['env', '!=', 'prod', false],
    ['env', '=~', 'pro', false], // the whole value
    ['env', '=~', 'pro.', true],
    ['env', '=~', 'dev|prod', true],
    ['env', '!~', 'dev|prod', false],
    ['uri', '=~', '/shop/[0-9]+', true],
    ['region', '=', '', true], // a label that is not there is empty
    ['region', '!=', '', false],
    ['region', '=~', '.*', true],
    ['region', '=~', '.+', false],
    ['region', '!~', '.+', true],
  ])('%s%s"%s" is %s', (name, operator, value, expected) => {
    expect(holds(name, operator, value)).toBe(expected);
  });

  test('must all hold; none always does', () => {
    expect(compileMatchers([])(() => '')).toBe(true);
    const both = compileMatchers([
      { name: 'env', operator: '=', value: 'prod' },
      { name: 'uri', operator: '=', value: '/' },
    ]);
    expect(both((label) => labels.get(label) ?? '')).toBe(false);
  });

  test.each(['(', 'a**', 'x'.repeat(MAX_PATTERN_LENGTH + 1), '(?=look)'])(
    'refuse what is no expression, or too long a one',
    (value) => {
      expect(() => holds('env', '=~', value)).toThrow(expect.objectContaining({ code: 'malformed' }));
    },
  );

  test('cannot be made to take for ever', () => {
    labels.set('long', 'a'.repeat(20_000));
    expect(holds('long', '=~', '(a|aa)+b')).toBe(false);
  });
});
