import { describe, expect, test } from 'vitest';
import { compileTagTemplate } from '../../src/transform/tag-template.ts';

const URI = 'glopeek server.REQUEST_URI';

function render(template: string, facts: Readonly<Record<string, string>>): string | undefined {
  return compileTagTemplate(template).render(new Map(Object.entries(facts)));
}

describe("gospy's templates", () => {
  test.each([
    ['{{ "uri" }}', '/a?b=1&c=<x>', '/a?b=1&c=<x>'],
    [' {{"uri"}} ', '/a', '/a'],
    ['{{ "uri" "^([^?]+)\\?.*$" "$1" }}', '/a/b?x=1', '/a/b'],
    ['{{ "uri" "^([^?]+)\\\\?.*$" "$1" }}', '/a/b', '/a/b'],
    ['{{ "uri" "[0-9]+" "N" }}', '/a/12/b/3', '/a/N/b/N'],
    ['{{ "uri" "/(\\\\w+)/(\\\\w+)" "${2}_${1}-$$" }}', '/x/y/z', 'y_x-$/z'],
    ['{{ "uri" "(a)" "$1x" }}', 'ab', 'b'],
    ['{{ "uri" "(?P<id>[0-9]+)" "<$id>" }}', '/7', '/<7>'],
    ['{{ "uri" "a|(b)" "[$1]" }}', 'ab', '[][b]'],
  ])('%s turns %s into %s', (template, uri, expected) => {
    expect(render(template, { uri })).toBe(expected);
  });

  test('leave the tag out where the fact is missing', () => {
    expect(render(`{{ "${URI}" }}`, { uri: '/a' })).toBeUndefined();
  });

  test('name the facts that they read', () => {
    expect(compileTagTemplate(`{{ "${URI}" "a" "b" }}`).metaKeys).toEqual([URI]);
  });
});

describe('Handlebars templates', () => {
  test('mix text and several facts, unescaped', () => {
    expect(
      render('{{meta "uri"}}-{{glopeek "server.HTTP_HOST"}}', {
        uri: '/<&>',
        'glopeek server.HTTP_HOST': 'h',
      }),
    ).toBe('/<&>-h');
  });

  test('replace by regular expressions', () => {
    expect(render('u:{{replace (meta "uri") "\\?.*$" ""}}', { uri: '/a?b' })).toBe('u:/a');
  });

  test('are left out when none of their facts is there', () => {
    expect(render('x{{meta "uri"}}', {})).toBeUndefined();
  });
});

describe('a template that cannot work', () => {
  test.each([
    '{{ "a" "b" }}',
    '{{ "a" "(" "c" }}',
    '{{ "a" "(?=x)" "c" }}',
    '{{ uri }}',
    '{{meta uri}}',
    '{{#if a}}{{/if}}',
    '{{ "unclosed }}',
    '{{meta "a"',
    '{{ "a" "b" "c" "d" }}',
    '{{lookup this "constructor"}}',
    `{{ "a" "${'x'.repeat(2_000)}" "c" }}`,
  ])('%s is refused before anything starts', (template) => {
    expect(() => compileTagTemplate(template)).toThrow(expect.objectContaining({ code: 'config' }) as Error);
  });
});

test('a catastrophic expression runs in linear time', () => {
  const uri = `${'a'.repeat(2_000)}!`;
  expect(render('{{ "uri" "^(a+)+$" "x" }}', { uri })).toBe(uri);
});
