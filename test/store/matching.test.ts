import { describe, expect, test } from 'vitest';
import { compileMatchers, MAX_PATTERN_LENGTH, MAX_PATTERN_WEIGHT } from '../../src/store/matching.ts';
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

  test.each([
    '\\pL{500}'.repeat(50),
    '((a{10}){10}){10}|'.repeat(25),
    '((a{30}|[)]{9}]){33}){1,}|'.repeat(40),
    '(x[^])(]y{30}){30}|'.repeat(40),
    '(\\Q[(\\E[[:alpha:]]\\(y{30}){30}|'.repeat(40),
    '(?:\\x{61}\\p{Greek}){999}'.repeat(20),
  ])('refuse expressions that are long when their repeats are written out: %s', (value) => {
    const refusal = expect.objectContaining({
      code: 'malformed',
      message: expect.stringContaining(String(MAX_PATTERN_WEIGHT)) as string,
    }) as Error;
    expect(() => holds('env', '=~', value)).toThrow(refusal);
    const part = { name: 'env', operator: '=~', value: 'a{999}' } as const;
    expect(() => compileMatchers(Array.from({ length: 30 }, () => part))).toThrow(refusal);
  });

  test.each([
    'x{1000}',
    '(ab|cd)'.repeat(500),
    '[{(]{3}\\{9999}',
    '\\Qa{1000}\\E|\\x{9999}',
    'prod|(a{30}){33}',
  ])('take expressions that are not: %s', (value) => {
    expect(holds('env', '=~', value)).toBe(value.startsWith('prod'));
  });

  test('cannot be made to take for ever', () => {
    labels.set('long', 'a'.repeat(20_000));
    expect(holds('long', '=~', '(a|aa)+b')).toBe(false);
  });
});
