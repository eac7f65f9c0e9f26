import { describe, expect, test } from 'vitest';
import { optionalTimeRange, parseTime, timeRange } from '../../../src/serve/pyroscope/query-time.ts';
import { HttpProblem } from '../../../src/serve/problem.ts';

const NOW = 1_767_225_600_000_000_000n;
const HOUR = 3_600_000_000_000n;

describe('a time', () => {
  test.each<[text: string, nanos: bigint]>([
    ['now', NOW],
    ['now-1h', NOW - HOUR],
    ['now-3h30m', NOW - (HOUR * 7n) / 2n],
    ['now+90s', NOW + 90_000_000_000n],
    ['now - 15min', NOW - HOUR / 4n],
    ['now-1d', NOW - 24n * HOUR],
    ['now-2w', NOW - 336n * HOUR],
    ['now-1M', NOW - 720n * HOUR],
    ['now-1mon', NOW - 720n * HOUR],
    ['now-1y', NOW - 8_760n * HOUR],
    ['20260101', NOW],
    ['1767225600', NOW],
    ['1767225600000', NOW],
    ['1767225600000000', NOW],
    ['1767225600000000000', NOW],
    ['1_767_225_600', NOW],
    ['0', 0n],
    // No day, so seconds.
    ['20261332', 20_261_332_000_000_000n],
    ['now-999999999y', 0n],
    ['999999999999999999', 2n ** 63n - 1n],
  ])('%s is read', (text, nanos) => {
    expect(parseTime(text, NOW)).toBe(nanos);
  });

  test.each([
    '',
    'abc',
    '-1',
    '1577836800.5',
    '2020-01-01T00:00:00Z',
    'now-',
    'now-1',
    'now-1x',
    'now-h',
    'now-1constructor',
    'now1h',
  ])('%j is refused, which Pyroscope takes for now', (text) => {
    expect(() => parseTime(text, NOW)).toThrow(HttpProblem);
  });
});

describe('a range', () => {
  test('has its last millisecond whole', () => {
    expect(timeRange(1n, 2n)).toEqual({ fromNanos: 1_000_000n, untilNanos: 2_999_999n });
  });

  test.each<[start: bigint, end: bigint]>([
    [0n, 5n],
    [5n, 0n],
    [5n, 4n],
  ])('from %s to %s is refused', (start, end) => {
    expect(() => timeRange(start, end)).toThrow(HttpProblem);
  });

  test('is all of time where it may be left out', () => {
    expect(optionalTimeRange(0n, 0n)).toEqual({ fromNanos: 0n, untilNanos: 2n ** 63n - 1n });
    expect(optionalTimeRange(-1n, 5n).fromNanos).toBe(0n);
    expect(() => optionalTimeRange(5n, 4n)).toThrow(HttpProblem);
  });

  test('stays within what can be stored', () => {
    expect(timeRange(-(2n ** 63n), 2n ** 63n - 1n)).toEqual({ fromNanos: 0n, untilNanos: 2n ** 63n - 1n });
  });
});
