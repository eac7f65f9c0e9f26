import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAppName } from '../../../../src/serve/pyroscope/ingest/app-name.ts';
import { HttpProblem } from '../../../../src/serve/problem.ts';

describe('the name of an application', () => {
  test.each<[text: string, app: string, labels: Record<string, string>]>([
    ['foo', 'foo', {}],
    ['foo{}', 'foo', {}],
    ['foo{bar=1,baz=2}', 'foo', { bar: '1', baz: '2' }],
    [' foo { bar = 1 , baz = 2 } ', 'foo', { bar: '1', baz: '2' }],
    ['my.app/v1_x-y', 'my.app/v1_x-y', {}],
    ['foo{a=b=c"{\né}', 'foo', { a: 'b=c"{\né' }],
    ['foo{a=b;c=d}', 'foo', { a: 'b;c=d' }],
    ['foo{a=b,}', 'foo', { a: 'b' }],
    ['foo{a=1,a=2}', 'foo', { a: '2' }],
    ['foo{a=}', 'foo', { a: '' }],
    ['foo{__name__=zzz}', 'zzz', {}],
    ['foo{1a.b=c}', 'foo', { '1a.b': 'c' }],
  ])('%j is read', (text, app, labels) => {
    const name = parseAppName(text);
    expect({ app: name.app, labels: Object.fromEntries(name.labels) }).toEqual({ app, labels });
  });

  test.each<[text: string, reason: string]>([
    ['', 'the name of the application is missing'],
    ['{a=b}', 'the name of the application is missing'],
    ['foo{a=b,c,d=e}', 'the label "c" has no value'],
    ['foo{bar,baz=1}', 'the label "bar" has no value'],
    ['foo{a=b,,c=d}', 'has no value'],
    ['foo{=1}', 'a label has no name'],
    ['foo bar{}', 'the application "foo bar" has other characters'],
    ['foo:bar', 'the application "foo:bar" has other characters'],
    ['Uni-code e.g. Ü', 'has other characters'],
    ['my-app{k8s-pod=1}', 'the label "k8s-pod" has other characters'],
  ])('%j is refused, as by Pyroscope', (text, reason) => {
    expect(() => parseAppName(text)).toThrow(new RegExp(`^name: .*${reason}`));
  });

  test.each<[text: string, reason: string]>([
    ['foo{bar=1', 'its { is never closed'],
    ['foo{bar}', 'the label "bar" has no value'],
    ['foo{a=b,c}', 'the label "c" has no value'],
    ['foo{a=x}y=z}', 'something stands behind its }'],
    ['foo{a=b}{c=d}', 'something stands behind its }'],
  ])('%j is refused, of which Pyroscope loses a part', (text, reason) => {
    expect(() => parseAppName(text)).toThrow(reason);
  });

  test('is read whatever it is, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('a1{}=, ._Ü')) }), (text) => {
        try {
          parseAppName(text);
        } catch (error) {
          expect(error).toBeInstanceOf(HttpProblem);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
