// doublestar globs (gospy's), translated to RE2: exact where micromatch's own matching differs, and linear in time where that
// is exponential. docs/adr/0002-globs-on-re2.md has the cases. Braces are expanded by micromatch.
import { createRequire } from 'node:module';
import type Micromatch from 'micromatch';
import { RE2JS } from 're2js';

/** Longest pattern, and most patterns that its braces may stand for. */
export const MAX_GLOB_LENGTH = 1_024;
const MAX_ALTERNATIVES = 100;

export type Glob = (path: string) => boolean;

/** Undefined where the pattern is no glob: an unclosed class, a lone backslash, too long, too many alternatives. */
export function compileGlob(pattern: string): Glob | undefined {
  if (pattern === '' || pattern.length > MAX_GLOB_LENGTH) return undefined;
  const alternatives = expandBraces(pattern);
  if (alternatives === undefined || alternatives.length > MAX_ALTERNATIVES) return undefined;
  const sources: string[] = [];
  for (const alternative of alternatives) {
    const source = translate(alternative);
    if (source === undefined) return undefined;
    sources.push(source);
  }
  const expression = RE2JS.compile(sources.map((source) => `(?:${source})`).join('|'), RE2JS.DOTALL);
  return (path) => expression.matches(path);
}

function expandBraces(pattern: string): readonly string[] | undefined {
  if (!pattern.includes('{')) return [pattern];
  try {
    // Loaded when there are braces: most patterns have none, and it takes a tenth of the start-up time.
    const micromatch = createRequire(import.meta.url)('micromatch') as typeof Micromatch;
    return micromatch.braces(pattern, { expand: true, rangeLimit: MAX_ALTERNATIVES });
  } catch {
    // A range over the limit is a RangeError there; for the caller it is no glob.
    return undefined;
  }
}

/** Segment by segment: `**` alone is any number of segments, none included. */
function translate(pattern: string): string | undefined {
  const all = pattern.split('/');
  const segments = all.filter((segment, i) => segment !== '**' || all[i + 1] !== '**');
  let source = '';
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    const isLast = i === segments.length - 1;
    if (segment === '**') {
      // `a/**` matches `a` itself, so its slash belongs to the part that may be missing.
      if (!isLast) source += '(?:[^/]*/)*';
      else if (source.endsWith('/')) source = `${source.slice(0, -1)}(?:/.*)?`;
      else source += '.*';
      continue;
    }
    const translated = translateSegment(segment);
    if (translated === undefined) return undefined;
    source += isLast ? translated : `${translated}/`;
  }
  return source;
}

function translateSegment(segment: string): string | undefined {
  const token = /\*+|\?|\\([\s\S])|\[([!^]?)((?:\\[\s\S]|[^\]\\])+)\]|([\s\S])/gy;
  let source = '';
  for (const [text, escaped, negation, members, plain] of segment.matchAll(token)) {
    if (text.startsWith('*')) source += '[^/]*';
    else if (text === '?') source += '[^/]';
    else if (escaped !== undefined) source += quote(escaped);
    else if (members !== undefined) source += `[${negation === '' ? '' : '^/'}${quoteMembers(members)}]`;
    else if (plain === '[' || plain === '\\') return undefined;
    else source += quote(plain ?? '');
  }
  return source;
}

function quote(text: string): string {
  return RE2JS.quote(text);
}

/** Members of a class: ranges stay, everything else that has a meaning loses it. */
function quoteMembers(members: string): string {
  return members.replace(
    /\\([\s\S])|([[\]^&~])/g,
    (_, escaped: string | undefined, special: string | undefined) =>
      escaped !== undefined ? `\\x{${escaped.codePointAt(0)!.toString(16)}}` : `\\${special ?? ''}`,
  );
}
