import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlameBox } from '../../src/formats/flame-graph-layout.ts';
import { layOutFlames } from '../../src/formats/flame-graph-layout.ts';
import { encodeFlameGraph, MAX_FLAME_BOXES, MAX_FLAME_DEPTH } from '../../src/formats/flame-graph.ts';
import { MAX_SHOWN_LENGTH } from '../../src/formats/flame-graph-text.ts';
import { countSamples } from '../../src/formats/pprof-split.ts';
import { MAX_STACK_DEPTH } from '../../src/model/stack-tables.ts';
import { cleanText } from '../../src/model/text.ts';
import { readSvg } from '../fixtures/svg.ts';
import { anyRows, profileOf } from '../fixtures/profiles.ts';

const all = { minShare: 0, maxBoxes: 100_000, maxDepth: 1_000 };
const svgOf = (...args: Parameters<typeof profileOf>): string =>
  encodeFlameGraph(profileOf(...args), { title: 'test' }).toString();
const show = (box: FlameBox): string => `${box.depth} ${box.name} ${box.start}+${box.count}`;

describe('the layout of a flame graph', () => {
  test('merges equal beginnings and sorts siblings by name', () => {
    const { boxes, total, prunedSamples } = layOutFlames(
      profileOf([
        [['main', 'z'], 1],
        [['main', 'a', 'x'], 2],
        [['main'], 3],
        [['main', 'a'], 4],
      ]),
      all,
    );
    expect(boxes.map(show)).toEqual(['0 all 0+10', '1 main 0+10', '2 a 3+6', '2 z 9+1', '3 x 7+2']);
    expect(boxes.map(({ self }) => self)).toEqual([0, 3, 4, 1, 2]);
    expect([total, prunedSamples]).toEqual([10, 0]);
  });

  test('merges a function over its lines and keeps functions of other files apart', () => {
    const { boxes } = layOutFlames(
      profileOf([
        [['f@/a.php@7', 'g'], 1],
        [['f@/a.php@3', 'g'], 2],
        [['f@/b.php@9', 'g'], 4],
        [['f@/a.php@0'], 1],
      ]),
      all,
    );
    const functions = boxes.filter(({ depth }) => depth === 1);
    expect(functions.map((box) => [box.file, box.firstLine, box.lastLine, box.count])).toEqual([
      ['/a.php', 3, 7, 4],
      ['/b.php', 9, 9, 4],
    ]);
  });

  test('holds every sample once: children lie side by side within their parent', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const profile = profileOf(rows);
        const { boxes, total } = layOutFlames(profile, all);
        expect(boxes[0]).toMatchObject({ start: 0, count: countSamples(profile.rows) });
        expect(total).toBe(countSamples(profile.rows));
        expect(boxes.reduce((sum, { self }) => sum + self, 0)).toBe(total);
        for (const box of boxes) {
          const within = boxes.filter(
            ({ depth, start }) =>
              depth === box.depth + 1 && start >= box.start && start < box.start + box.count,
          );
          expect(within.reduce((sum, { count }) => sum + count, box.self)).toBe(box.count);
          within.reduce((end, child) => {
            expect(child.start).toBe(end);
            return child.start + child.count;
          }, box.start + box.self);
        }
      }),
    );
  });

  test('leaves out what is too narrow, too deep or too much, and counts its samples', () => {
    fc.assert(
      fc.property(
        anyRows,
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        fc.nat(20),
        fc.nat(6),
        (rows, ...limits) => {
          const profile = profileOf(rows);
          const [minShare, maxBoxes, maxDepth] = limits;
          const { boxes, total, prunedSamples, depth } = layOutFlames(profile, {
            minShare,
            maxBoxes: maxBoxes + 1,
            maxDepth,
          });
          expect(boxes.length).toBeLessThanOrEqual(maxBoxes + 2);
          expect(depth).toBeLessThanOrEqual(maxDepth);
          expect(boxes.every(({ count }) => count >= minShare * total)).toBe(true);
          expect(boxes.reduce((sum, { self }) => sum + self, prunedSamples)).toBe(total);
          // No box without its parent.
          const isInside = (box: FlameBox, other: FlameBox): boolean =>
            other.depth === box.depth - 1 &&
            other.start <= box.start &&
            other.start + other.count >= box.start + box.count;
          expect(boxes.every((box) => box.depth === 0 || boxes.some((other) => isInside(box, other)))).toBe(
            true,
          );
        },
      ),
    );
  });

  test('takes the widest boxes where there are too many', () => {
    const rows = Array.from({ length: 50 }, (_, i) => [[`f${i}`], i + 1] as const);
    const { boxes, prunedSamples } = layOutFlames(profileOf(rows), { ...all, maxBoxes: 5 });
    expect(boxes.slice(1).map(({ count }) => count)).toEqual([46, 47, 48, 49, 50]);
    expect(prunedSamples).toBe((45 * 46) / 2);
  });
});

describe('a flame graph', () => {
  test('has equal bytes for equal profiles, whatever the order of their rows', () => {
    fc.assert(
      fc.property(
        anyRows.chain((rows) =>
          fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
        ),
        ([rows, shuffled]) => {
          expect(svgOf(shuffled)).toBe(svgOf(rows));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is well-formed XML, and no child is wider than its parent', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { boxes } = readSvg(svgOf(rows));
        for (const box of boxes) {
          if (box.depth === 0) continue;
          const parent = boxes.find(
            (other) =>
              other.depth === box.depth - 1 &&
              other.x <= box.x &&
              other.x + other.width >= box.x + box.width - 1e-6,
          );
          expect(parent).toBeDefined();
          // Root at the top.
          expect(box.y).toBeGreaterThan(parent!.y);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('tells name, place, samples, share and seconds of each box', () => {
    const svg = svgOf([
      [['<main> /i.php@/i.php@3', 'App\\A::b@/src/A.php@12'], 1_234],
      [['<main> /i.php@/i.php@5'], 1_234],
    ]);
    expect(readSvg(svg).boxes.map(({ title }) => title)).toEqual([
      'all\n2,468 samples, 100.00 %, 24.68 s',
      '<main> /i.php\n/i.php:3-5\n2,468 samples, 100.00 %, 24.68 s',
      'App\\A::b\n/src/A.php:12\n1,234 samples, 50.00 %, 12.34 s',
    ]);
    expect(svg).toContain('wall time, 2,468 samples, 24.68 s');
    expect(svg).toContain('Every frame is drawn.');
  });

  test('is not broken by any name', () => {
    const names = [
      '<script>alert(1)</script>',
      ']]>',
      '"onload="x',
      "a'b&amp;",
      '\u0000\u0007\n',
      '\uD800',
      '\uFFFE\uFFFF',
      '-->',
      '\u202E',
    ];
    const profile = profileOf(names.map((name) => [[name], 1]));
    const svg = encodeFlameGraph(profile, { title: names.join('') }).toString();
    const { boxes, scripts } = readSvg(svg);
    const shown = boxes.slice(1).map(({ title }) => title.split('\n')[0]!);
    const expected = names.map((name) => cleanText(name).replace(/[\ufffe\uffff]/g, '\ufffd'));
    expect([...shown].sort()).toEqual([...expected].sort());
    expect(scripts).toHaveLength(1);
    expect(scripts[0]).not.toContain('alert');
    expect(svg.match(/]]>/g)).toHaveLength(1);
  });

  test('asks nothing of the network and evaluates nothing', () => {
    const svg = svgOf([[['a'], 1]]);
    expect(svg.replaceAll(/http:\/\/www\.w3\.org\/(2000\/svg|1999\/xhtml)/g, '')).not.toMatch(
      /https?:|url\(|@import|href/,
    );
    expect(svg).not.toMatch(/\beval\b|new Function|innerHTML|setTimeout/);
  });

  test('cuts texts to their boxes, long names too', () => {
    const svg = svgOf([
      [['x'.repeat(5_000)], 1],
      [['short'], 1],
      [['\u6f22'.repeat(60)], 1],
    ]);
    const [, short, long, wide] = readSvg(svg).boxes;
    expect(short!.text).toBe('short');
    expect(long!.text).toMatch(/^x+\.\.$/);
    expect(long!.text.length * 7).toBeLessThan(long!.width);
    expect(wide!.text.length * 14).toBeLessThan(wide!.width);
    expect(long!.title.split('\n')[0]).toHaveLength(MAX_SHOWN_LENGTH);
  });

  test('gives a function the same colour in every profile', () => {
    const colour = (svg: string): string | undefined =>
      readSvg(svg).boxes.find(({ title }) => title.startsWith('App'))?.fill;
    const first = colour(svgOf([[['x', 'App\\A::b'], 1]]));
    expect(first).toMatch(/^#[0-9a-f]{6}$/);
    expect(
      colour(
        svgOf([
          [['App\\A::b'], 5],
          [['c'], 1],
        ]),
      ),
    ).toBe(first);
  });

  test('takes stacks of any depth and says what is not drawn', () => {
    const deep = Array.from({ length: MAX_STACK_DEPTH * 4 }, (_, i) => `f${i % 3}`);
    const svg = svgOf([
      [deep, 3],
      [['f0'], 1],
    ]);
    expect(readSvg(svg).boxes).toHaveLength(MAX_FLAME_DEPTH + 1);
    expect(svg).toContain('3 samples (75.00 %) have frames that are too narrow or too deep to be drawn.');
  });

  test('draws no more boxes than a browser can bear', () => {
    const rows = Array.from(
      { length: 2_000 },
      (_, i) => [Array.from({ length: 30 }, (__, d) => `f${i}_${d}`), 1] as const,
    );
    const { boxes } = readSvg(svgOf(rows));
    expect(boxes.length).toBeLessThanOrEqual(MAX_FLAME_BOXES + 1);
    expect(boxes.length).toBeGreaterThan(MAX_FLAME_BOXES / 2);
  });

  test('of nothing is a root without samples', () => {
    const { boxes } = readSvg(svgOf([]));
    expect(boxes.map(({ title, width }) => [title, width])).toEqual([
      ['all\n0 samples, 100.00 %, 0.00 s', 1_180],
    ]);
  });
});
