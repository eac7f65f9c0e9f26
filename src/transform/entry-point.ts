// Entry points: the file of the outermost frame, and the globs that choose which of them are profiled.
import { SpybridgeError } from '../model/errors.ts';
import type { StackTables } from '../model/stack-tables.ts';
import { compileGlob } from './glob.ts';

/** Longest path that is matched; longer ones match nothing. */
export const MAX_PATH_LENGTH = 4_096;
/** Verdicts that are remembered; a full memory starts over. */
const MAX_VERDICTS = 4_096;

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
  const verdicts = new Map<string, boolean>();
  return (path) => {
    if (path.length > MAX_PATH_LENGTH) return false;
    let verdict = verdicts.get(path);
    if (verdict === undefined) {
      if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
      verdict = matchers.some((matches) => matches(path));
      verdicts.set(path, verdict);
    }
    return verdict;
  };
}

function compilePattern(pattern: string): PathFilter {
  const isPlain = pattern !== '' && !/[*?[]/.test(pattern);
  const matches = isPlain
    ? (path: string) => path === pattern || path.endsWith(`/${pattern}`)
    : compileGlob(pattern);
  if (matches !== undefined) return matches;
  throw new SpybridgeError('config', `--entrypoint "${pattern}" is not a glob.`, {
    hint: 'Use a file name (index.php) or a glob (/var/www/**/public/*.php).',
  });
}
