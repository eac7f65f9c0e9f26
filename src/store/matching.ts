// Matchers made ready: each expression is compiled once, and bounded.
import { RE2JS } from 're2js';
import { patternWeight } from './pattern-weight.ts';
import type { Matcher } from './selector.ts';
import { StoreError } from './store.ts';

/** Of an expression; RE2 takes time and memory in proportion. */
export const MAX_PATTERN_LENGTH = 4_096;
/** Steps of all expressions of a selector, repeats written out: some tenths of a second to compile. */
export const MAX_PATTERN_WEIGHT = 20_000;

/** The value of a label, '' where there is none. */
export type LabelLookup = (name: string) => string;

export type LabelMatch = (lookup: LabelLookup) => boolean;

/** True for what all matchers hold for. Throws StoreError('malformed') where an expression is none. */
export function compileMatchers(matchers: readonly Matcher[]): LabelMatch {
  checkWeight(matchers);
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

function checkWeight(matchers: readonly Matcher[]): void {
  let weight = 0;
  for (const { operator, value } of matchers)
    if (operator.endsWith('~')) weight += patternWeight(value.slice(0, MAX_PATTERN_LENGTH));
  if (weight > MAX_PATTERN_WEIGHT)
    throw new StoreError(
      'malformed',
      `The expressions have more than ${MAX_PATTERN_WEIGHT} steps when their repeats are written out.`,
    );
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
