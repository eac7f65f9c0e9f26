// From the fields that queries have in common to what the store is asked for.
import type { Matcher, Selector } from '../../../store/selector.ts';
import type { ProfileTypeParts } from '../../../store/profile-type.ts';
import { parseProfileTypeId, profileTypeId } from '../../../store/profile-type.ts';
import { HttpProblem } from '../../problem.ts';
import { parseSelector, SelectorError } from '../query-text.ts';
import type { TimeRange } from '../query-time.ts';
import { timeRange } from '../query-time.ts';

/** The texts in `matchers` of one request. */
const MAX_SELECTORS = 64;

export interface SelectionFields {
  readonly profileTypeID: string;
  readonly labelSelector: string;
  /** Milliseconds of UNIX time. */
  readonly start: bigint;
  readonly end: bigint;
}

/** Profiles of one type, which is one of the sample types of each. */
export interface Selection {
  readonly selector: Selector;
  readonly type: ProfileTypeParts;
  /** As it was asked for, without the word `delta`. */
  readonly typeId: string;
}

/** Throws HttpProblem(400). */
export function selectionOf(fields: SelectionFields, tenant: string): Selection {
  const range = timeRange(fields.start, fields.end);
  return selectType(fields.profileTypeID, readMatchers(fields.labelSelector, 'labelSelector'), {
    tenant,
    range,
  });
}

/** Throws HttpProblem(400) for what is no profile type. */
export function selectType(
  id: string,
  matchers: readonly Matcher[],
  { tenant, range }: { readonly tenant: string; readonly range: TimeRange },
): Selection {
  const type = parseProfileTypeId(id);
  if (type === undefined)
    throw new HttpProblem(
      400,
      `profileTypeID must have five parts, such as process_cpu:cpu:nanoseconds:cpu:nanoseconds; ${JSON.stringify(id.slice(0, 200))} has not.`,
    );
  const typeId = profileTypeId(type.type, type.sampleType, type.periodType);
  const isType: Matcher = { name: '__profile_type__', operator: '=', value: typeId };
  return { selector: selectorOf([...matchers, isType], { tenant, range, type: type.type }), type, typeId };
}

/** Label sets that all the texts ask for; none asks for all. Throws HttpProblem(400). */
export function selectLabels(
  texts: readonly string[],
  { tenant, range }: { readonly tenant: string; readonly range: TimeRange },
): Selector {
  if (texts.length > MAX_SELECTORS)
    throw new HttpProblem(400, `There are more than ${MAX_SELECTORS} matchers.`);
  const matchers = texts.flatMap((text) => readMatchers(text, 'matchers'));
  return selectorOf(matchers, { tenant, range, type: undefined });
}

/** Throws HttpProblem(400). */
export function readMatchers(text: string, field: string): readonly Matcher[] {
  if (text.trim() === '') throw new HttpProblem(400, `${field} is empty; {} asks for everything.`);
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw new HttpProblem(400, error.message);
    throw error;
  }
}

/** Stores find a service by its name without looking at others. */
function selectorOf(
  matchers: readonly Matcher[],
  { tenant, range, type }: { tenant: string; range: TimeRange; type: string | undefined },
): Selector {
  const isService = ({ name, operator, value }: Matcher): boolean =>
    name === 'service_name' && operator === '=' && value !== '';
  const service = matchers.find(isService)?.value;
  const others = matchers.filter((matcher) => !isService(matcher) || matcher.value !== service);
  return { tenant, service, type, matchers: others, ...range };
}
