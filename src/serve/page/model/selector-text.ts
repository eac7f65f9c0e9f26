// Conditions on labels as the server reads them: `{service_name="shop",uri="/cart"}`.
import type { Matcher } from '../../../store/selector.ts';

export const OPERATORS = ['=', '!=', '=~', '!~'] as const;

/** What the server sets itself: nobody needs to choose by these. */
export function isOwnLabel(name: string): boolean {
  return name === 'service_name' || (name.startsWith('__') && name.endsWith('__'));
}

/** JSON's escapes are understood in quoted strings of a selector; half characters are not. */
export function selectorText(service: string, matchers: readonly Matcher[]): string {
  const all: readonly Matcher[] = [{ name: 'service_name', operator: '=', value: service }, ...matchers];
  const texts = all.map(
    ({ name, operator, value }) => name + operator + JSON.stringify(value.toWellFormed()),
  );
  return `{${texts.join(',')}}`;
}

export function isSameMatcher(a: Matcher, b: Matcher): boolean {
  return a.name === b.name && a.operator === b.operator && a.value === b.value;
}
