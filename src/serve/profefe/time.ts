// Times as clients write them: profefe's own format, RFC 3339, numbers since 1970, and `now-1h`.

const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_S = 1_000_000_000n;
/** int64 is what times are kept in. */
const MAX_NANOS = 2n ** 63n - 1n;

const UNITS: Readonly<Record<string, bigint>> = {
  s: NANOS_PER_S,
  m: 60n * NANOS_PER_S,
  h: 3_600n * NANOS_PER_S,
  d: 86_400n * NANOS_PER_S,
  w: 604_800n * NANOS_PER_S,
};
/** Without a zone it is UTC, as in profefe. */
const CALENDAR = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,40}))?(Z|[+-]\d{2}:\d{2})?$/;
const RELATIVE = /^now(?:([+-])((?:\d{1,9}[smhdw])+))?$/;
const NUMBER = /^\d{1,19}$/;

/** UNIX time in ns, never before 1970; undefined for what is no time. */
export function parseTime(text: string, now: bigint): bigint | undefined {
  const nanos = parseNumber(text) ?? parseRelative(text, now) ?? parseCalendar(text);
  return nanos === undefined || nanos < 0n || nanos > MAX_NANOS ? undefined : nanos;
}

/** By its length: seconds until the year 5138, then ms, us, ns. */
function parseNumber(text: string): bigint | undefined {
  if (!NUMBER.test(text)) return undefined;
  if (text.length <= 11) return BigInt(text) * NANOS_PER_S;
  if (text.length <= 14) return BigInt(text) * NANOS_PER_MS;
  return text.length <= 17 ? BigInt(text) * 1_000n : BigInt(text);
}

function parseRelative(text: string, now: bigint): bigint | undefined {
  const match = RELATIVE.exec(text);
  if (match === null) return undefined;
  const [, sign, offset = ''] = match;
  let nanos = 0n;
  for (const [, count, unit] of offset.matchAll(/(\d+)([smhdw])/g)) nanos += BigInt(count!) * UNITS[unit!]!;
  return sign === '-' ? now - nanos : now + nanos;
}

function parseCalendar(text: string): bigint | undefined {
  const match = CALENDAR.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  // 30 February and 25 o'clock roll over into a time that nobody has written.
  if (date.toISOString().slice(0, 19) !== text.slice(0, 19)) return undefined;
  const zoneNanos = parseZone(match[8] ?? 'Z');
  if (zoneNanos === undefined) return undefined;
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return BigInt(date.getTime()) * NANOS_PER_MS + fraction - zoneNanos;
}

function parseZone(zone: string): bigint | undefined {
  if (zone === 'Z') return 0n;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  const nanos = BigInt(hours * 60 + minutes) * 60n * NANOS_PER_S;
  return zone.startsWith('-') ? -nanos : nanos;
}

/** `2019-05-30T21:10:05Z`, with so many digits of the second's fraction. */
export function showRfc3339(nanos: bigint, digits: 0 | 9): string {
  const seconds = showSeconds(nanos);
  return digits === 0 ? `${seconds}Z` : `${seconds}.${fractionOf(nanos)}Z`;
}

/** As Go prints a time: `2028-01-01 00:00:00 +0000 UTC`. */
export function showGoTime(nanos: bigint): string {
  const fraction = fractionOf(nanos).replace(/0+$/, '');
  return `${showSeconds(nanos).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}

function showSeconds(nanos: bigint): string {
  return new Date(Number(nanos / NANOS_PER_MS)).toISOString().slice(0, 19);
}

function fractionOf(nanos: bigint): string {
  return String(nanos % NANOS_PER_S).padStart(9, '0');
}
