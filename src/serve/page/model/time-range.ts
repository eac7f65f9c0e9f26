// Moments as people and links write them (`now-3h`, dates, milliseconds), and the steps that a time line is cut into.
import type { Span } from './view-state.ts';

export const PRESETS: readonly (readonly [from: string, name: string])[] = [
  ['now-5m', 'Last 5 minutes'],
  ['now-15m', 'Last 15 minutes'],
  ['now-1h', 'Last hour'],
  ['now-3h', 'Last 3 hours'],
  ['now-6h', 'Last 6 hours'],
  ['now-12h', 'Last 12 hours'],
  ['now-24h', 'Last 24 hours'],
  ['now-2d', 'Last 2 days'],
  ['now-7d', 'Last 7 days'],
];

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** UNIX time in ms; undefined for what is no moment. Dates without a zone are local. */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (trimmed === 'now') return nowMs;
  const relative = /^now\s*-\s*(\d{1,6})\s*([smhdw])$/.exec(trimmed);
  if (relative !== null) return nowMs - Number(relative[1]) * UNITS_MS[relative[2]!]!;
  if (/^\d{12,14}$/.test(trimmed)) return Number(trimmed);
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)/.test(trimmed)) return undefined;
  // A date alone would be UTC for JavaScript, local for everybody else.
  const moment = Date.parse(trimmed.length === 10 ? `${trimmed}T00:00` : trimmed.replace(' ', 'T'));
  return Number.isNaN(moment) ? undefined : moment;
}

/** Undefined where one of both is no moment, or they are in the wrong order. */
export function resolveRange(from: string, until: string, nowMs: number): Span | undefined {
  const fromMs = parseMoment(from, nowMs);
  const untilMs = parseMoment(until, nowMs);
  if (fromMs === undefined || untilMs === undefined || fromMs >= untilMs) return undefined;
  return { fromMs, untilMs };
}

/** Multiples of the bridge's windows of 10 s, so that every step holds equally many. */
const STEPS_SECONDS = [10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];
const MAX_STEPS = 180;

export function stepSecondsOf({ fromMs, untilMs }: Span): number {
  const least = (untilMs - fromMs) / 1_000 / MAX_STEPS;
  return STEPS_SECONDS.find((step) => step >= least) ?? Math.ceil(least);
}

/** Local time, as exact as the span needs; ISO-like, so that it sorts and can be typed in again. */
export function formatMoment(ms: number, isExact: boolean): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${day} ${time}${isExact ? `:${two(date.getSeconds())}` : ''}`;
}

/** `10:00 to 10:05`, with the day where there is more than one. */
export function describeSpan({ fromMs, untilMs }: Span): string {
  const [from, until] = [formatMoment(fromMs, true), formatMoment(untilMs, true)];
  const isOneDay = from.slice(0, 10) === until.slice(0, 10);
  return isOneDay
    ? `${from.slice(11)} to ${until.slice(11)}`
    : `${from.slice(0, 16)} to ${until.slice(0, 16)}`;
}
