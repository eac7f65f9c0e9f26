import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from '../../src/model/text.ts';
import { labelsKey, makeLabels } from '../../src/model/labels.ts';

test('clean text is well-formed, bounded, and free of control characters, and stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(50), (text, max) => {
      const clean = cleanText(text, max);
      expect(clean.isWellFormed()).toBe(true);
      expect(clean.length).toBeLessThanOrEqual(max);
      expect(clean).not.toMatch(/\p{Cc}/u);
      expect(cleanText(clean, max)).toBe(clean);
    }),
  );
});

test('different label sets have different keys', () => {
  const labels = fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ minLength: 1, maxLength: 4 }), {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(labels, labels, (first, second) => {
      const [a, b] = [makeLabels(Object.entries(first)), makeLabels(Object.entries(second))];
      expect(labelsKey(a) === labelsKey(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
