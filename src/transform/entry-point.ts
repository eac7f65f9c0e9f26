// Entry points: the file of the outermost frame, and the globs that choose which of them are profiled.
import micromatch from 'micromatch';
import { SpybridgeError } from '../model/errors.ts';
import type { StackTables } from '../model/stack-tables.ts';

/** Longest path that is matched; longer ones match nothing. */
export const MAX_PATH_LENGTH = 4_096;
/** Stars per path segment: matching time grows exponentially with them (15 s for seven stars on 60 characters). */
export const MAX_STARS_PER_SEGMENT = 3;

const MAIN = '<main>';

/** The entry file of a stack; undefined for a rootless one (its sampler lost the outer frames). */
export function entryFileOf(tables: StackTables, stack: number): string | undefined {
  const root = tables.rootOf(stack);
  const name = tables.names[root]!;
  const file = tables.files[root]!;
  const isEntry = file !== '' && (name.startsWith(MAIN) || name === file);
  return isEntry ? file : undefined;
}

export type PathFilter = (path: string) => boolean;

/**
 * gospy's rule: a pattern without `*`, `?` or `[` matches a path that equals it or ends in `/PATTERN`; any other is a
 * doublestar glob on the whole path. No pattern lets everything through. Throws SpybridgeError('config').
 */
export function compileEntryPoints(patterns: readonly string[]): PathFilter {
  if (patterns.length === 0) return () => true;
  const matchers = patterns.map(compilePattern);
  return (path) => path.length <= MAX_PATH_LENGTH && matchers.some((matches) => matches(path));
}

function compilePattern(pattern: string): PathFilter {
  if (pattern === '') throw refused(pattern, 'it is empty');
  if (!/[*?[]/.test(pattern)) return (path) => path === pattern || path.endsWith(`/${pattern}`);
  for (const segment of pattern.split('/')) {
    const stars = segment === '**' ? 1 : (segment.match(/\*+/g) ?? []).length;
    if (stars > MAX_STARS_PER_SEGMENT)
      throw refused(pattern, `a segment has more than ${MAX_STARS_PER_SEGMENT} stars`);
  }
  // As doublestar: dot files match, `!` and `+(` are ordinary characters.
  return micromatch.matcher(pattern, { dot: true, nonegate: true, noextglob: true });
}

function refused(pattern: string, reason: string): SpybridgeError {
  return new SpybridgeError('config', `The entry point pattern "${pattern}" cannot be used: ${reason}.`, {
    hint: 'Use a file name (index.php) or a glob (/var/www/**/public/*.php).',
  });
}
