// Where things lie in a bucket: bodies in order of time below their service and type, records by their id.
import { isProfileId } from '../id.ts';
import type { StoredProfile } from '../profile.ts';
import { StoreError } from '../store.ts';
import { MAX_KEY_BYTES } from './object-storage.ts';

/** Lifecycle rules can name them: `v1/` and `v1/<tenant>/<service>/` hold bodies. */
const BODIES = 'v1/';
const RECORDS = 'v1-records/';

const NANOS_PER_S = 1_000_000_000n;
/** 2262-04-11: what int64 has room for. */
const MAX_NANOS = 2n ** 63n - 1n;
const TIME_DIGITS = 19;

export type KeyParts = Pick<StoredProfile, 'id' | 'tenant' | 'service' | 'type' | 'createdAtNanos'>;

/** `v1/<tenant>/`, `v1/<tenant>/<service>/`, `v1/<tenant>/<service>/<type>/`. */
export function bodyPrefix(...names: readonly string[]): string {
  return `${BODIES}${names.map((name) => `${escapeName(name)}/`).join('')}`;
}

/** `v1/<tenant>/<service>/<type>/<yyyymmdd>/<hh>/<ns>-<id>`. Throws StoreError('malformed' | 'too_large'). */
export function bodyKey({ tenant, service, type, createdAtNanos, id }: KeyParts): string {
  if (createdAtNanos < 0n || createdAtNanos > MAX_NANOS)
    throw new StoreError('malformed', 'The time of the profile is not between 1970 and 2262.');
  return bounded(`${bodyPrefix(tenant, service, type)}${timePart(createdAtNanos)}-${id}`);
}

export function recordKey(tenant: string, id: string): string {
  return bounded(`${RECORDS}${escapeName(tenant)}/${id}`);
}

/** The keys below a prefix of three names that are in a window lie behind `after` and before `before`; undefined: none can. */
export function keysOfWindow(prefix: string, fromNanos: bigint, untilNanos: bigint) {
  const from = fromNanos < 0n ? 0n : fromNanos;
  const until = untilNanos > MAX_NANOS ? MAX_NANOS : untilNanos;
  if (from > until) return undefined;
  // '.' sorts behind '-', which all that have this time go on with.
  return { after: `${prefix}${timePart(from)}`, before: `${prefix}${timePart(until)}.` };
}

/** Undefined for what is no key of a body. */
export function parseBodyKey(key: string): KeyParts | undefined {
  const [, tenant, service, type, day, hour, last, ...more] = key.split('/');
  if (!key.startsWith(BODIES) || last === undefined || more.length > 0) return undefined;
  const [digits = '', id = ''] = last.split('-');
  if (!/^\d{19}$/.test(digits) || last.length !== digits.length + 1 + id.length || !isProfileId(id))
    return undefined;
  const createdAtNanos = BigInt(digits);
  if (`${day}/${hour}/${digits}` !== timePart(createdAtNanos)) return undefined;
  const names = [tenant, service, type].map((name) => unescapeName(name!));
  if (names.includes(undefined)) return undefined;
  return { tenant: names[0]!, service: names[1]!, type: names[2]!, createdAtNanos, id };
}

/** The last name of a prefix that ends with a delimiter; undefined where it is none of ours. */
export function lastName(prefix: string): string | undefined {
  return unescapeName(prefix.split('/').at(-2) ?? '');
}

function timePart(nanos: bigint): string {
  const iso = new Date(Number(nanos / NANOS_PER_S) * 1_000).toISOString();
  const day = iso.slice(0, 10).replaceAll('-', '');
  return `${day}/${iso.slice(11, 13)}/${String(nanos).padStart(TIME_DIGITS, '0')}`;
}

/** Percent signs and hex; so that no name has a slash, is '.' or '..', or is empty. */
function escapeName(name: string): string {
  if (name === '') return '%';
  let text = '';
  for (const byte of Buffer.from(name)) {
    const char = String.fromCharCode(byte);
    const isPlain = /[\w-]/.test(char) || (char === '.' && text !== '');
    text += isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

function unescapeName(text: string): string | undefined {
  if (text === '%') return '';
  if (!/^(?:[\w.-]|%[\dA-F]{2})+$/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function bounded(key: string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw new StoreError(
      'too_large',
      'The names of tenant, service and type are too long for object storage.',
    );
  return key;
}
