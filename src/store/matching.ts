// Matchers made ready: each expression is compiled once, and bounded.
import { RE2JS } from 're2js';
import type { Matcher } from './selector.ts';
import { StoreError } from './store.ts';

/** Of an expression; RE2 takes time and memory in proportion. */
export const MAX_PATTERN_LENGTH = 4_096;

/** The value of a label, '' where there is none. */
export type LabelLookup = (name: string) => string;

export type LabelMatch = (lookup: LabelLookup) => boolean;

/** True for what all matchers hold for. Throws StoreError('malformed') where an expression is none. */
export function compileMatchers(matchers: readonly Matcher[]): LabelMatch {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compile(matcher) }));
  return (lookup) => tests.every(({ name, test }) => test(lookup(name)));
}

/** The condition on the label's value alone. Throws StoreError('malformed'). */
export function compile({ operator, value }: Matcher): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const pattern = compilePattern(value);
  return operator === '=~' ? (text) => pattern.matches(text) : (text) => !pattern.matches(text);
}

function compilePattern(value: string): RE2JS {
  if (value.length > MAX_PATTERN_LENGTH)
    throw new StoreError('malformed', `An expression has more than ${MAX_PATTERN_LENGTH} characters.`);
  try {
    return RE2JS.compile(value);
  } catch (error) {
    throw new StoreError('malformed', `The expression ${JSON.stringify(value)} cannot be used.`, error);
  }
}
