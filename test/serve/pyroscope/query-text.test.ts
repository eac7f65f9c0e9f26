import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_MATCHERS,
  MAX_SELECTOR_LENGTH,
  parseSelector,
  SelectorError,
} from '../../../src/serve/pyroscope/query-text.ts';

const shown = (text: string): string[] =>
  parseSelector(text).map(({ name, operator, value }) => `${name} ${operator} ${value}`);

describe('a selector', () => {
  test.each<[text: string, matchers: string[]]>([
    ['{}', []],
    [' { } ', []],
    ['{a="b"}', ['a = b']],
    ['{a="b",}', ['a = b']],
    ['{a="b",c!="d", e =~ "f.*" ,\n g!~"h"}', ['a = b', 'c != d', 'e =~ f.*', 'g !~ h']],
    ["{a='b'}", ['a = b']],
    ['{a=`b\\d"\'`}', ['a = b\\d"\'']],
    ['{a=""}', ['a = ']],
    ['{"label.name"="x"}', ['label.name = x']],
    ['{a="\\"\\\\\\n\\x41\\u00e9\\101"}', ['a = "\\\n\u0041\u00e9A']],
    [
      'process_cpu:cpu:nanoseconds:cpu:nanoseconds{a="b"}',
      ['__name__ = process_cpu:cpu:nanoseconds:cpu:nanoseconds', 'a = b'],
    ],
    ['up', ['__name__ = up']],
    ['{a="}{,"}', ['a = }{,']],
  ])('%j is read', (text, matchers) => {
    expect(shown(text)).toEqual(matchers);
  });

  test.each([
    '',
    '{',
    '}',
    '{a}',
    '{a=}',
    '{a="b"',
    '{a="b}',
    '{a="b"}{',
    '{a="b" c="d"}',
    '{,}',
    '{a=b}',
    '{a=="b"}',
    '{1a="b"}',
    '{a-b="c"}',
    '{""="c"}',
    '{a="\\q"}',
    '{a="\\U00110000"}',
    '{a="b\nc"}',
    'not a selector',
  ])('%j is refused', (text) => {
    expect(() => parseSelector(text)).toThrow(SelectorError);
  });

  test('is refused when it is too long, or asks for too much', () => {
    const of = (count: number): string => `{${new Array<string>(count).fill('a="b"').join(',')}}`;
    expect(parseSelector(of(MAX_MATCHERS))).toHaveLength(MAX_MATCHERS);
    expect(() => parseSelector(of(MAX_MATCHERS + 1))).toThrow(SelectorError);
    expect(() => parseSelector(' '.repeat(MAX_SELECTOR_LENGTH + 1))).toThrow(SelectorError);
  });

  test('reads any value that is quoted as JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('a"\\\'`{},=~ é𝄞')) }), (value) => {
        expect(parseSelector(`{a=${JSON.stringify(value)}}`)).toEqual([{ name: 'a', operator: '=', value }]);
      }),
    );
  });

  test('is read whatever it is, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab{}="\\,~!`\' ')) }), (text) => {
        try {
          parseSelector(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
