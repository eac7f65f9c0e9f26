import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileEntryPoints } from '../../src/transform/entry-point.ts';

describe("gospy's entry points", () => {
  test.each([
    ['index.php', '/var/www/index.php', true],
    ['index.php', 'index.php', true],
    ['index.php', '/var/www/xindex.php', false],
    ['public/index.php', '/var/www/public/index.php', true],
    ['/var/www/index.php', '/var/www/index.php', true],
    ['*.php', '/var/www/index.php', false],
    ['**/*.php', '/var/www/index.php', true],
    ['/var/**/index.php', '/var/www/a/b/index.php', true],
    ['/var/**/index.php', '/var/index.php', true],
    ['/var/www/*.php', '/var/www/a/index.php', false],
    ['/var/www/[ab].php', '/var/www/a.php', true],
    ['/var/www/?.php', '/var/www/c.php', true],
    ['/srv/{a,b}/*.php', '/srv/b/x.php', true],
    ['**/.hidden/*.php', '/srv/.hidden/x.php', true],
    ['**/*.php', '/srv/.git/x.php', true],
    ['!*', '/srv/x.php', false],
    ['+(a)*', '+(a)b', true],
    ['/**/index.php', '/index.php', true],
    ['/srv/**', '/srv', true],
    ['/srv/[!a]?', '/srv/b/', false],
    ['/srv/[^a]x', '/srv/bx', true],
    ['/srv/\\*x', '/srv/yx', false],
    ['/srv/\\*?', '/srv/*x', true],
    ['/srv/[a-c[.]x', '/srv/[x', true],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(compileEntryPoints([pattern])(path)).toBe(expected);
  });

  test('no pattern lets every path through, several let through what any matches', () => {
    expect(compileEntryPoints([])('/x')).toBe(true);
    expect(compileEntryPoints(['a.php', 'b.php'])('/x/b.php')).toBe(true);
  });

  test('a path longer than the bound matches nothing', () => {
    expect(compileEntryPoints(['**/*.php'])(`/${'a'.repeat(5_000)}.php`)).toBe(false);
  });

  test.each(['', '/a/[b', '*\\', '{1..5000}*', `*${'a'.repeat(2_000)}`])(
    'the pattern "%s" is refused',
    (pattern) => {
      expect(() => compileEntryPoints([pattern])).toThrow(
        expect.objectContaining({ code: 'config' }) as Error,
      );
    },
  );

  test('many stars take linear time', () => {
    expect(compileEntryPoints([`${'*a'.repeat(12)}*b`])('a'.repeat(4_000))).toBe(false);
  });

  test('agrees with a plain reading of doublestar on generated patterns and paths', () => {
    const segment = fc.constantFrom('a', 'b', 'ab', '.a', '*', '?', 'a*', '**', '[ab]');
    const pattern = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', '.a', 'abc'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pattern, path, (glob, parts) => {
        fc.pre(/[*?[]/.test(glob));
        expect(compileEntryPoints([glob])(`/${parts.join('/')}`)).toBe(
          doublestar(glob.slice(1).split('/'), parts),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

/** doublestar.Match as its README tells it: `**` is any number of segments, none included. */
function doublestar(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '**') return path.some((_, i) => doublestar(rest, path.slice(i))) || doublestar(rest, []);
  const [head, ...tail] = path;
  if (head === undefined) return false;
  const source = first
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`).test(head) && doublestar(rest, tail);
}
