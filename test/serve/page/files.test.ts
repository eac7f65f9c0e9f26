import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFolded } from '../../../src/serve/page/files/folded.ts';
import { encodeRequest } from '../../../src/serve/page/files/pprof-request.ts';
import { encodeSpeedscope } from '../../../src/serve/page/files/speedscope.ts';
import { encodeSvg } from '../../../src/serve/page/files/svg.ts';
import { parseXml } from '../../fixtures/svg.ts';
import { diffOf, treeOf } from './trees.ts';

const heading = { name: 'shop, Wall time', unit: 'nanoseconds' };

describe('folded stacks', () => {
  test('are lines with what is spent in their last frame', () => {
    expect(encodeFolded(treeOf({ 'a;b': 2, a: 1 }))).toBe('a 1\na;b 2\n');
    expect(encodeFolded(diffOf({ a: 1 }, { a: 2, b: 3 }))).toBe('a 1 2\nb 0 3\n');
  });

  test('are not broken by names', () => {
    expect(encodeFolded(treeOf({ 'a\nb 7\u0000': 1 }))).toBe('a b 7  1\n');
  });
});

describe('a speedscope file', () => {
  test('has every stack with its weight', () => {
    const file = JSON.parse(encodeSpeedscope(treeOf({ 'a;b': 2, a: 1 }), heading)) as Record<string, unknown>;
    expect(file).toMatchObject({
      shared: { frames: [{ name: 'a' }, { name: 'b' }] },
      profiles: [
        { type: 'sampled', unit: 'nanoseconds', endValue: 3, samples: [[0], [0, 1]], weights: [1, 2] },
      ],
    });
  });

  test('has two profiles of a comparison', () => {
    const file = JSON.parse(encodeSpeedscope(diffOf({ a: 1 }, { a: 2 }), heading)) as {
      profiles: { name: string }[];
    };
    expect(file.profiles.map(({ name }) => name)).toEqual(['shop, Wall time, A', 'shop, Wall time, B']);
  });
});

describe('an SVG', () => {
  test('is whole XML whatever the names are, and has no script', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'binary' }).map((text) => `${text}<&"'>]]>`),
          fc.integer({ min: 1, max: 9 }),
          { minKeys: 1 },
        ),
        (stacks) => {
          const svg = encodeSvg(treeOf(stacks), { ...heading, name: '<script>' });
          expect(parseXml(svg).name).toBe('svg');
          expect(svg).not.toContain('<script');
        },
      ),
    );
  });
});

describe('the request for pprof', () => {
  test('is protobuf: type, selector, start and end', () => {
    const span = { fromMs: 300, untilMs: 1_763_700_000_123 };
    expect([...encodeRequest({ type: 'a', selector: 'é', span })]).toEqual([
      ...[0x0a, 1, 0x61],
      ...[0x12, 2, 0xc3, 0xa9],
      ...[0x18, 0xac, 0x02],
      ...[0x20, 0xfb, 0x8a, 0xd9, 0xa5, 0xaa, 0x33],
    ]);
  });
});
