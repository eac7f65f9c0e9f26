import { describe, expect, test } from 'vitest';
import { MAX_KEY_LENGTH, textKey } from '../../../src/formats/pprof/text-key.ts';

describe('a key of a text', () => {
  test('is the text where it is short', () => {
    for (const text of ['', 'f', 'x'.repeat(MAX_KEY_LENGTH)]) expect(textKey(text)).toBe(text);
  });

  test('is short where the text is long, and equal for equal texts only', () => {
    const long = 'x'.repeat(MAX_KEY_LENGTH);
    const keys = [`${long}a`, `${long}b`, `a${long}`, `${long}\ud800`, `${long}\ufffd`].map(textKey);
    expect(new Set(keys).size).toBe(5);
    expect(Math.max(...keys.map((key) => key.length))).toBeLessThan(100);
    expect(textKey(`${long}a`)).toBe(keys[0]);
  });

  test('is of no long text where a short one imitates it', () => {
    const digest = textKey('x'.repeat(MAX_KEY_LENGTH + 1));
    expect(textKey(digest)).not.toBe(digest);
  });
});
