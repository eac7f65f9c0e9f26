import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeFlamebearer, makeFlamebearerDiff } from '../../src/formats/flamebearer.ts';
import type { Flamebearer } from '../../src/formats/flamebearer.ts';
import { MAX_NAMED_CALLS, MAX_NAMED_DEPTH } from '../../src/formats/pprof/named-stacks.ts';
import type { TreeSource } from '../../src/formats/pprof/name-tree.ts';
import { MAX_TREE_NODES } from '../../src/formats/pprof/name-tree.ts';
import type { Pprof } from '../../src/formats/pprof/pprof.ts';
import { PprofTooLarge } from '../../src/formats/pprof/wire.ts';
import { anyRows } from '../fixtures/profiles.ts';
import { sketchPprof } from '../fixtures/pprof-samples.ts';

type Stacks = Readonly<Record<string, number>>;

/** Stacks are root first, joined by `;`. */
function sourceOf(stacks: Stacks): TreeSource {
  const samples = Object.entries(stacks).map(([stack, value]) => ({ stack, values: [value] }));
  return { pprof: sketchPprof({ samples }), column: 0 };
}

/** Stack and self of every node, out of the rows: `width` 4 or 7, the source's numbers from `first` on. */
function unfold({ names, levels }: Flamebearer, width: number, first = 0): Record<string, number> {
  const found: Record<string, number> = {};
  let above: { path: string; from: number; to: number }[] = [{ path: '', from: 0, to: Infinity }];
  for (const level of levels) {
    const row: typeof above = [];
    let x = 0;
    for (let i = 0; i < level.length; i += width) {
      x += level[i + first]!;
      const [total, self] = [level[i + first + 1]!, level[i + first + 2]!];
      const parent = above.find(({ from, to }) => from <= x && x + total <= to && (x < to || total === 0));
      const path = `${parent!.path};${names[level[i + width - 1]!]!}`;
      if (self > 0) found[path] = (found[path] ?? 0) + self;
      row.push({ path, from: x, to: x + total });
      x += total;
    }
    above = row;
  }
  return found;
}

describe('a flamebearer', () => {
  test('of a small profile is what Pyroscope answers', () => {
    expect(makeFlamebearer(sourceOf({ 'a;b;e': 1, 'a;c': 2, 'a;c;d': 1 }), 0)).toEqual({
      names: ['total', 'a', 'c', 'd', 'b', 'e'],
      levels: [
        [0, 4, 0, 0],
        [0, 4, 0, 1],
        [0, 1, 0, 4, 0, 3, 2, 2],
        [0, 1, 1, 5, 2, 1, 1, 3],
      ],
      total: 4,
      maxSelf: 2,
    });
  });

  test('holds every stack with its value', () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const sums: Record<string, number> = {};
        for (const [frames, count] of rows) {
          const stack = frames.map((frame) => frame.split('@')[0]!).join(';');
          sums[stack] = (sums[stack] ?? 0) + count;
        }
        const flames = makeFlamebearer(sourceOf(sums), 0);
        const expected = Object.entries(sums).map(([stack, value]) => [`;total;${stack}`, value]);
        expect(unfold(flames, 4)).toEqual(Object.fromEntries(expected));
        expect(flames.total).toBe(Object.values(sums).reduce((sum, value) => sum + value, 0));
        expect(flames.maxSelf).toBe(Math.max(...Object.values(unfold(flames, 4))));
      }),
    );
  });

  test('folds what is smaller than the largest nodes into other, and loses nothing', () => {
    const source = sourceOf({ 'a;b': 5, 'a;c': 1, 'a;d;e': 2, f: 1 });
    const { names, levels } = makeFlamebearer(source, 2);
    expect(names).toEqual(['total', 'other', 'a', 'b']);
    expect(levels).toEqual([
      [0, 9, 0, 0],
      [0, 8, 0, 2, 0, 1, 1, 1],
      [0, 5, 0 + 5, 3, 0, 3, 3, 1],
    ]);
    expect(makeFlamebearer(source, 6)).toEqual(makeFlamebearer(source, 0));
  });

  test('keeps all nodes that are as large as the smallest that is kept', () => {
    expect(makeFlamebearer(sourceOf({ a: 2, b: 2, c: 2, d: 1 }), 1).levels[1]).toEqual([
      ...[0, 2, 2, 4, 0, 2, 2, 3, 0, 2, 2, 2],
      ...[0, 1, 1, 1],
    ]);
  });

  test('takes a function named other for what was folded, as Pyroscope does', () => {
    expect(makeFlamebearer(sourceOf({ 'other;a': 3, b: 1 }), 0).levels).toEqual([
      [0, 4, 0, 0],
      [0, 1, 1, 2, 0, 3, 3, 1],
    ]);
  });

  test('tells a function named total from the root', () => {
    expect(makeFlamebearer(sourceOf({ total: 3 }), 0)).toMatchObject({
      names: ['total', 'total'],
      levels: [
        [0, 3, 0, 0],
        [0, 3, 3, 1],
      ],
    });
  });

  test('of nothing is the root alone, and values that are not positive are nothing', () => {
    const root = { names: ['total'], levels: [[0, 0, 0, 0]], total: 0, maxSelf: 0 };
    expect(makeFlamebearer(sourceOf({}), 0)).toEqual(root);
    expect(makeFlamebearer(sourceOf({ a: 0, b: -3 }), 5)).toEqual(root);
  });

  test('shows inlined functions as calls, and a location without functions by its address', () => {
    const { pprof } = sourceOf({ 'a;b;c': 2 });
    const [a, b, c] = pprof.locations as [
      Pprof['locations'][0],
      Pprof['locations'][0],
      Pprof['locations'][0],
    ];
    const inlined = { ...b, lines: [...c.lines, ...b.lines] };
    const bare = { ...c, lines: [], address: 0xfan };
    expect(
      makeFlamebearer({ pprof: { ...pprof, locations: [a, inlined, bare] }, column: 0 }, 0).names,
    ).toEqual(['total', 'a', 'b', 'c', '0xfa']);
  });

  test('adds up equal names whatever their files and lines, and any of several sample types', () => {
    const samples = [
      { stack: 'a;b', values: [1, 10] },
      { stack: 'a;b', values: [2, 20] },
    ];
    const sampleTypes = [
      { type: 'n', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ];
    const pprof = sketchPprof({ samples, sampleTypes });
    expect([0, 1].map((column) => makeFlamebearer({ pprof, column }, 0).total)).toEqual([3, 30]);
  });

  test('of a stack as deep as the bound is made, of a deeper one refused', () => {
    const deep = Array.from({ length: MAX_NAMED_DEPTH }, () => 'f').join(';');
    expect(makeFlamebearer(sourceOf({ [deep]: 1 }), 0).levels).toHaveLength(MAX_NAMED_DEPTH + 1);
    expect(() => makeFlamebearer(sourceOf({ [`${deep};g`]: 1 }), 0)).toThrow(PprofTooLarge);
  });

  /** Stacks that have their ends in common only, the first of them twice as large as the others. */
  function apart(count: number, depth: number): TreeSource {
    const { pprof } = sourceOf({ [Array.from({ length: count }, (_, i) => `f${i}`).join(';')]: 1 });
    const rows = Array.from({ length: count }, (_, i) => [...new Uint32Array(depth - 1), i]);
    const samples = {
      ...{ count, starts: Uint32Array.from({ length: count + 1 }, (_, i) => i * depth), labels: new Map() },
      ...{ locations: Uint32Array.from(rows.flat()), values: new Float64Array(count).fill(1).fill(2, 0, 1) },
    };
    return { pprof: { ...pprof, samples }, column: 0 };
  }

  test('never has more nodes than Pyroscope allows: the smallest are folded', () => {
    const depth = 16_000;
    const { levels, total } = makeFlamebearer(apart(80, depth), 0);
    expect(total).toBe(81);
    expect(levels[1]).toEqual([0, 2, 0, 2, 0, 79, 79, 1]);
    expect(levels).toHaveLength(depth + 1);
  });

  test('of more different calls than the bound is refused', () => {
    const depth = 16_000;
    expect(() => makeFlamebearer(apart(Math.ceil(MAX_TREE_NODES / depth) + 1, depth), 1)).toThrow(
      `more than ${MAX_TREE_NODES} different calls`,
    );
  });

  test('of few bytes that stand for calls without end is refused', () => {
    const { pprof } = sourceOf({ a: 1 });
    const lines = Array.from({ length: MAX_NAMED_DEPTH }, () => pprof.locations[0]!.lines[0]!);
    const count = MAX_NAMED_CALLS / MAX_NAMED_DEPTH + 1;
    const samples = {
      ...{ count, starts: Uint32Array.from({ length: count + 1 }, (_, i) => i), labels: new Map() },
      ...{ locations: new Uint32Array(count), values: new Float64Array(count).fill(1) },
    };
    const bomb = { ...pprof, locations: [{ ...pprof.locations[0]!, lines }], samples };
    expect(() => makeFlamebearer({ pprof: bomb, column: 0 }, 0)).toThrow(
      `more than ${MAX_NAMED_CALLS} calls`,
    );
  });
});

describe('a flamebearer of two profiles', () => {
  test('is what Pyroscope answers', () => {
    const left = sourceOf({ 'a;b': 1, 'a;c': 2 });
    const right = sourceOf({ 'a;b': 4, 'a;c': 8 });
    expect(makeFlamebearerDiff(left, right, 0)).toEqual({
      names: ['total', 'a', 'c', 'b'],
      levels: [
        [0, 3, 0, 0, 12, 0, 0],
        [0, 3, 0, 0, 12, 0, 1],
        [0, 1, 1, 0, 4, 4, 3, 0, 2, 2, 0, 8, 8, 2],
      ],
      total: 15,
      maxSelf: 8,
      leftTicks: 3,
      rightTicks: 12,
    });
  });

  test('holds every stack of both, those that only one has with 0 in the other', () => {
    const stacks = fc.dictionary(
      fc.constantFrom('a', 'a;b', 'a;b;c', 'b', 'b;a', 'c;c;c'),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(stacks, stacks, (left, right) => {
        const flames = makeFlamebearerDiff(sourceOf(left), sourceOf(right), 0);
        const named = (of: Stacks): Stacks =>
          Object.fromEntries(Object.entries(of).map(([stack, value]) => [`;total;${stack}`, value]));
        expect(unfold(flames, 7, 0)).toEqual(named(left));
        expect(unfold(flames, 7, 3)).toEqual(named(right));
      }),
    );
  });

  test('keeps a node that is large in either, and folds the others of both', () => {
    const flames = makeFlamebearerDiff(sourceOf({ a: 9, b: 1, c: 2 }), sourceOf({ a: 1, b: 9, d: 3 }), 3);
    expect(flames.names).toEqual(['total', 'other', 'b', 'a']);
    expect(flames.levels[1]).toEqual([
      ...[0, 9, 9, 0, 1, 1, 3],
      ...[0, 1, 1, 0, 9, 9, 2],
      ...[0, 2, 2, 0, 3, 3, 1],
    ]);
  });
});
