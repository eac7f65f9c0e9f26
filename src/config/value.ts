// One option's value: from the text that the user wrote to what the program works with.
import type { OptionKind } from './option-spec.ts';

/** Durations in ms, numbers as numbers, switches as booleans. */
export type Value = string | number | boolean | readonly string[];

export type Parsed = { readonly value: Value } | { readonly problem: string };

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns the value, or what is wrong with the text and what would be right */
export function parseValue(kind: OptionKind, text: string): Parsed {
  switch (kind.kind) {
    case 'text':
      return text.trim() === '' ? { problem: 'it is empty' } : { value: text };
    case 'texts':
      return { value: [text] };
    case 'switch':
      return parseSwitch(text);
    case 'choice':
      return kind.choices.includes(text)
        ? { value: text }
        : { problem: `it must be one of ${kind.choices.join(', ')}` };
    case 'number':
      return parseNumber(kind, text);
    case 'duration':
      return parseDuration(kind, text);
  }
}

function parseSwitch(text: string): Parsed {
  if (/^(true|1|yes|on)$/i.test(text)) return { value: true };
  if (/^(false|0|no|off)$/i.test(text)) return { value: false };
  return { problem: 'it must be true or false' };
}

function parseNumber({ min, max, isWhole }: OptionKind & { kind: 'number' }, text: string): Parsed {
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  const isRight = value >= min && value <= max && (!isWhole || Number.isInteger(value));
  return isRight
    ? { value }
    : { problem: `it must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}` };
}

function parseDuration({ minMs, maxMs }: OptionKind & { kind: 'duration' }, text: string): Parsed {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|$)/gy)];
  const isWhole = parts.map(([part]) => part).join('') === text.trim() && parts.length > 0;
  const valueMs = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ''] ?? 1_000),
    0,
  );
  if (isWhole && valueMs >= minMs && valueMs <= maxMs) return { value: valueMs };
  return {
    problem: `it must be a time from ${describeMs(minMs)} to ${describeMs(maxMs)}, such as 500ms, 10s or 1m30s`,
  };
}

function describeMs(ms: number): string {
  if (ms >= 3_600_000) return `${ms / 3_600_000}h`;
  return ms >= 1_000 || ms === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
