// Keys as profefe writes them: `P0.<service>/<type>/<xid>[,name=value...]`. Slashes of services are '__', and stay so.
import type { Label, Labels } from '../../model/labels.ts';
import { makeLabels } from '../../model/labels.ts';
import { isProfileId, lowestIdOf, secondsOfId } from '../id.ts';

export const PROFEFE_PREFIX = 'P0.';

/** profefe's numbers of types; 0 is none. */
const TYPES: readonly (readonly [number: number, type: string])[] = [
  [1, 'cpu'],
  [2, 'heap'],
  [3, 'block'],
  [4, 'mutex'],
  [5, 'goroutine'],
  [6, 'threadcreate'],
  [127, 'other'],
  [128, 'trace'],
];
const NANOS_PER_S = 1_000_000_000n;
const MAX_SECONDS = 0xffffffffn;

export interface ProfefeKey {
  readonly id: string;
  readonly service: string;
  readonly type: string;
  readonly labels: Labels;
  /** Of the id: whole seconds. */
  readonly timeNanos: bigint;
}

/** Undefined for what profefe could not read either. */
export function parseProfefeKey(key: string): ProfefeKey | undefined {
  const match = /^P0\.([^/]+)\/(\d{1,3})\/([^,]*)(?:,(.*))?$/su.exec(key);
  if (match === null) return undefined;
  const [, service, number, id, text = ''] = match;
  const type = typeOfNumber(number!);
  const labels = parseLabels(text);
  if (type === undefined || labels === undefined || !isProfileId(id!)) return undefined;
  return { id: id!, service: service!, type, labels, timeNanos: BigInt(secondsOfId(id!)) * NANOS_PER_S };
}

/** `P0.<service>/`. */
export function servicePrefix(service: string): string {
  return `${PROFEFE_PREFIX}${service.replaceAll('/', '__')}/`;
}

/** `P0.<service>/<type>/`; undefined for a type that profefe does not have. */
export function typePrefix(service: string, type: string): string | undefined {
  const number = TYPES.find(([, known]) => known === type)?.[0];
  return number === undefined ? undefined : `${servicePrefix(service)}${number}/`;
}

/** The type that a prefix of one ends with; undefined where it is none. */
export function typeOfPrefix(prefix: string): string | undefined {
  return typeOfNumber(prefix.split('/').at(-2) ?? '');
}

/** Which keys below a prefix are of a window: as times are whole seconds, that of its start counts whole. */
export function idsOfWindow(prefix: string, fromNanos: bigint, untilNanos: bigint) {
  const from = fromNanos < 0n ? 0n : fromNanos / NANOS_PER_S;
  if (untilNanos < 0n || from > MAX_SECONDS) return undefined;
  const until = untilNanos / NANOS_PER_S;
  return {
    // A part of the lowest id sorts before it.
    after: `${prefix}${lowestIdOf(Number(from)).slice(0, -1)}`,
    before: until >= MAX_SECONDS ? undefined : `${prefix}${lowestIdOf(Number(until) + 1)}`,
  };
}

function typeOfNumber(text: string): string | undefined {
  return TYPES.find(([number]) => String(number) === text)?.[1];
}

/** Escaped as forms are; names and values without the blanks around them. Undefined where an escape is broken. */
function parseLabels(text: string): Labels | undefined {
  const labels: Label[] = [];
  for (const pair of text.split(',')) {
    const cut = pair.indexOf('=');
    try {
      const name = unescapeForm(cut < 0 ? pair : pair.slice(0, cut));
      if (name !== '') labels.push([name, cut < 0 ? '' : unescapeForm(pair.slice(cut + 1))]);
    } catch {
      return undefined;
    }
  }
  return makeLabels(labels);
}

function unescapeForm(text: string): string {
  return decodeURIComponent(text.trim().replaceAll('+', ' '));
}
