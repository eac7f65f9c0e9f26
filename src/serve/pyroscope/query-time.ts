// Spans of time of queries: milliseconds in Connect's calls, `now-1h` and the like in the query parameters of older routes.
import { HttpProblem } from '../problem.ts';

export interface TimeRange {
  /** UNIX time in ns, both included. */
  readonly fromNanos: bigint;
  readonly untilNanos: bigint;
}

const MILLI = 1_000_000n;
const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  s: SECOND,
  m: 60n * SECOND,
  min: 60n * SECOND,
  h: 3_600n * SECOND,
  d: 86_400n * SECOND,
  w: 604_800n * SECOND,
  M: 2_592_000n * SECOND,
  mon: 2_592_000n * SECOND,
  y: 31_536_000n * SECOND,
};
const RELATIVE = /^now((?:[+-](?:\d{1,9}[A-Za-z]{1,3})+)?)$/;
const PART = /(\d+)([A-Za-z]+)/g;
const DIGITS = /^\d{1,19}$/;
/** int64 is what times are kept in. */
const MAX_NANOS = 2n ** 63n - 1n;

/** Milliseconds; throws HttpProblem(400) where there is no time, or the end comes before the start. */
export function timeRange(startMs: bigint, endMs: bigint): TimeRange {
  if (startMs === 0n || endMs === 0n)
    throw new HttpProblem(400, 'The time range is missing: start and end are milliseconds of UNIX time.');
  return spanOf(startMs, endMs);
}

/** As above; without a start or an end it is all of time. */
export function optionalTimeRange(startMs: bigint, endMs: bigint): TimeRange {
  return startMs <= 0n || endMs <= 0n
    ? checkOrder(startMs, endMs, { fromNanos: 0n, untilNanos: MAX_NANOS })
    : spanOf(startMs, endMs);
}

function spanOf(startMs: bigint, endMs: bigint): TimeRange {
  return checkOrder(startMs, endMs, {
    fromNanos: clamp(startMs * MILLI),
    // The last millisecond counts as a whole.
    untilNanos: clamp(endMs * MILLI + MILLI - 1n),
  });
}

function checkOrder(startMs: bigint, endMs: bigint, range: TimeRange): TimeRange {
  if (startMs > 0n && endMs > 0n && startMs > endMs)
    throw new HttpProblem(400, 'The time range ends before it starts.');
  return range;
}

function clamp(nanos: bigint): bigint {
  if (nanos < 0n) return 0n;
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}

/**
 * A time of the query parameters from and until, in ns: `now`, `now-3h30m`, UNIX seconds, or by the number of digits a date (8),
 * milliseconds (13), microseconds (16) or nanoseconds (19). Throws HttpProblem(400) for all else.
 */
export function parseTime(text: string, now: bigint): bigint {
  const plain = text.replace(/[_, ]/g, '');
  if (DIGITS.test(plain)) return parseDigits(plain);
  const [, offset] = RELATIVE.exec(plain) ?? [];
  if (offset === undefined) throw notATime(text);
  let nanos = 0n;
  for (const [, digits, unit] of offset.matchAll(PART)) {
    const unitNanos = Object.hasOwn(UNITS, unit!) ? UNITS[unit!] : undefined;
    if (unitNanos === undefined) throw notATime(text);
    nanos += BigInt(digits!) * unitNanos;
  }
  return clamp(now + (offset.startsWith('-') ? -nanos : nanos));
}

function parseDigits(digits: string): bigint {
  const date = digits.length === 8 ? dateOf(digits) : undefined;
  if (date !== undefined) return date;
  const number = BigInt(digits);
  if (digits.length === 13) return number * MILLI;
  if (digits.length === 16) return number * 1_000n;
  return clamp(digits.length === 19 ? number : number * SECOND);
}

/** YYYYMMDD at midnight, UTC; undefined where there is no such day. */
function dateOf(digits: string): bigint | undefined {
  const iso = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  const ms = Date.parse(`${iso}T00:00:00Z`);
  if (Number.isNaN(ms) || ms < 0 || !new Date(ms).toISOString().startsWith(iso)) return undefined;
  return BigInt(ms) * MILLI;
}

function notATime(text: string): HttpProblem {
  return new HttpProblem(
    400,
    `${JSON.stringify(text.slice(0, 100))} is no time: give UNIX seconds, or now-1h and the like.`,
  );
}
