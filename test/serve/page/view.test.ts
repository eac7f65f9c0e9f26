import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectorText } from '../../../src/serve/page/model/selector-text.ts';
import {
  describeSpan,
  formatMoment,
  parseMoment,
  resolveRange,
  stepSecondsOf,
} from '../../../src/serve/page/model/time-range.ts';
import {
  formatChange,
  formatPercent,
  formatValue,
  nameOfTypeId,
} from '../../../src/serve/page/model/value-format.ts';
import { DEFAULT_STATE, SORT_KEYS, VIEWS } from '../../../src/serve/page/model/view-state.ts';
import { decodeView, encodeView } from '../../../src/serve/page/model/view-url.ts';
import { visibleName } from '../../../src/serve/page/model/visible-name.ts';

const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyMatcher = fc.record({
  name: fc.stringMatching(/^[a-z_.]{1,8}$/),
  operator: fc.constantFrom('=' as const, '!=' as const, '=~' as const, '!~' as const),
  value: fc.oneof(anyText, fc.constantFrom('~b', ' ~b', '  ')),
});
const anySpan = fc
  .tuple(fc.nat(1e12), fc.integer({ min: 1, max: 1e9 }))
  .map(([fromMs, ms]) => ({ fromMs, untilMs: fromMs + ms }));
const anySide = fc.record({
  matchers: fc.array(anyMatcher, { maxLength: 3 }),
  selection: fc.option(anySpan, { nil: undefined }),
});

describe('the address of a view', () => {
  test('keeps all of it', () => {
    const anyState = fc.record({
      service: anyText,
      type: anyText,
      from: anyText,
      until: anyText,
      isLive: fc.boolean(),
      left: anySide,
      right: fc.option(anySide, { nil: undefined }),
      view: fc.constantFrom(...VIEWS),
      groupBy: anyText,
      search: anyText,
      focus: anyText,
      zoom: anyText,
      sort: fc.record({ key: fc.constantFrom(...SORT_KEYS), isDescending: fc.boolean() }),
    });
    fc.assert(
      fc.property(anyState, (state) => {
        expect(decodeView(encodeView(state))).toEqual(state);
      }),
    );
  });

  test('is empty for the usual view, and nonsense is the usual view', () => {
    expect(encodeView(DEFAULT_STATE)).toBe('');
    expect(decodeView('view=x&sort=?&span=9-1&span=a&label=nothing&compare=yes')).toEqual(DEFAULT_STATE);
  });
});

describe('a moment', () => {
  const now = Date.parse('2026-03-01T12:00:00');

  test('is relative, a date, or milliseconds', () => {
    expect(parseMoment('now', now)).toBe(now);
    expect(parseMoment(' now - 3h ', now)).toBe(now - 3 * 3_600_000);
    expect(parseMoment('now-2d', now)).toBe(now - 2 * 86_400_000);
    expect(parseMoment(String(now), now)).toBe(now);
    expect(formatMoment(parseMoment('2026-02-28 09:30', now)!, true)).toBe('2026-02-28 09:30:00');
    expect(formatMoment(parseMoment('2026-02-28', now)!, false)).toBe('2026-02-28 00:00');
    expect(parseMoment('2026-02-28T09:30Z', now)).toBe(Date.UTC(2026, 1, 28, 9, 30));
  });

  test('is nothing else', () => {
    for (const text of ['', 'yesterday', 'now+1h', 'now-1y', '12', '2026-13-45 99:99', '01/02/2026']) {
      expect(parseMoment(text, now)).toBeUndefined();
    }
  });

  test('makes a range with a later one only', () => {
    expect(resolveRange('now-1h', 'now', now)).toEqual({ fromMs: now - 3_600_000, untilMs: now });
    expect(resolveRange('now', 'now-1h', now)).toBeUndefined();
    expect(resolveRange('now', 'now', now)).toBeUndefined();
    expect(resolveRange('x', 'now', now)).toBeUndefined();
  });

  test('is told with its day where there are several', () => {
    expect(describeSpan({ fromMs: now, untilMs: now + 60_000 })).toBe('12:00:00 to 12:01:00');
    expect(describeSpan({ fromMs: now, untilMs: now + 86_400_000 })).toBe(
      '2026-03-01 12:00 to 2026-03-02 12:00',
    );
  });

  test('has steps of whole windows of the bridge', () => {
    const step = (minutes: number): number => stepSecondsOf({ fromMs: 0, untilMs: minutes * 60_000 });
    expect([5, 15, 60, 1_440, 10_080].map(step)).toEqual([10, 10, 20, 600, 3_600]);
    expect(step(1e7) * 180).toBeGreaterThanOrEqual(1e7 * 60);
  });
});

describe('a selector', () => {
  test('quotes what it is given', () => {
    expect(selectorText('shop', [{ name: 'uri', operator: '=~', value: '/a"}\\d\n' }])).toBe(
      '{service_name="shop",uri=~"/a\\"}\\\\d\\n"}',
    );
    expect(selectorText('\ud800', [])).toBe('{service_name="\ufffd"}');
  });
});

describe('a value', () => {
  test('has few digits and its unit', () => {
    expect(formatValue(0, 'nanoseconds')).toBe('0');
    expect(formatValue(1_234_567_890, 'nanoseconds')).toBe('1.23 s');
    expect(formatValue(90, 'seconds')).toBe('1.50 min');
    expect(formatValue(12_345, 'microseconds')).toBe('12.3 ms');
    expect(formatValue(5 * 1024 ** 2, 'bytes')).toBe('5.00 MiB');
    expect(formatValue(999, 'count')).toBe('999');
    expect(formatValue(123_456, 'count')).toBe('123 k');
  });

  test('is a share, or a change of shares', () => {
    expect(formatPercent(1, 3)).toBe('33.3 %');
    expect(formatPercent(1, 0)).toBe('0 %');
    expect(formatChange(0.2, 0.4)).toBe('+100 %');
    expect(formatChange(0.4, 0.39)).toBe('−2.5 %');
    expect(formatChange(0, 0.1)).toBe('new');
    expect(formatChange(0.1, 0)).toBe('gone');
    expect(formatChange(0, 0)).toBe('0 %');
  });

  test('is of a type that has a name', () => {
    expect(nameOfTypeId('wall:wall:nanoseconds:wall:nanoseconds')).toBe('Wall time');
    expect(nameOfTypeId('process_cpu:samples:count::milliseconds')).toBe('CPU: samples');
    expect(nameOfTypeId('mutex:contentions:count::')).toBe('mutex: contentions');
    expect(nameOfTypeId('odd')).toBe('odd');
  });
});

describe('a name', () => {
  test('shows what would not be seen, or would turn the text around', () => {
    expect(visibleName('App\\Cart::total')).toBe('App\\Cart::total');
    expect(visibleName('a\u202Eb\nc\u200Bd\u0000')).toBe('a‹202E›b‹000A›c‹200B›d‹0000›');
    expect(visibleName('مرحبا 👩\u200D💻')).toBe('مرحبا 👩\u200D💻');
    expect(visibleName('')).toBe('(no name)');
  });
});
