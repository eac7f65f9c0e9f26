// Regular expressions that run on request data: RE2 syntax, linear time whatever the input (re2js).
import { RE2JS, RE2JSException } from 're2js';
import { SpybridgeError } from '../model/errors.ts';

/** Longest pattern; RE2 programs grow with it. */
export const MAX_PATTERN_LENGTH = 1_024;

export type Replace = (text: string) => string;

/**
 * Compiles Go's `ReplaceAllString`: all matches are replaced, text around them stays; `$1`, `${1}` and `${name}` stand for
 * groups, `$$` for a dollar sign. Throws SpybridgeError('config') on a bad pattern.
 */
export function compileReplace(pattern: string, replacement: string): Replace {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new SpybridgeError('config', `The regular expression is ${pattern.length} characters long.`, {
      hint: `Use at most ${MAX_PATTERN_LENGTH} characters.`,
    });
  }
  const compiled = compile(pattern);
  const expand = compileExpansion(replacement, compiled.namedGroups());
  return (text) => {
    const matcher = compiled.matcher(text);
    let result = '';
    let at = 0;
    while (matcher.find()) {
      result +=
        text.slice(at, matcher.start()) + expand((group) => matcher.group(group) ?? '', matcher.groupCount());
      at = matcher.end();
    }
    return result + text.slice(at);
  };
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new SpybridgeError(
      'config',
      `The regular expression "${pattern}" is not valid: ${error.message}.`,
      {
        hint: 'RE2 syntax is used: no backreferences and no look-around.',
        cause: error,
      },
    );
  }
}

type Groups = (group: number) => string;

/** Go's Expand: a group that does not exist is empty; `$1x` is the group named "1x", so braces are needed there. */
function compileExpansion(
  replacement: string,
  names: Readonly<Record<string, number>>,
): (groups: Groups, count: number) => string {
  const parts: (string | number)[] = [];
  const token = /\$(?:(\$)|\{(\w+)\}|(\w+))/g;
  let at = 0;
  for (const match of replacement.matchAll(token)) {
    parts.push(replacement.slice(at, match.index));
    const name = match[2] ?? match[3] ?? '';
    if (match[1] !== undefined) parts.push('$');
    else if (/^\d+$/.test(name)) parts.push(Number(name));
    else if (names[name] !== undefined) parts.push(names[name]);
    at = match.index + match[0].length;
  }
  parts.push(replacement.slice(at));
  return (groups, count) =>
    parts.map((part) => (typeof part === 'string' ? part : part <= count ? groups(part) : '')).join('');
}
