import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFlamebearer } from '../../../src/serve/page/model/flamebearer.ts';
import { diffOf, rowsOf, treeOf } from './trees.ts';

describe('a flame graph of the API', () => {
  test('is read as a tree: offsets are from the end of the node before', () => {
    const names = ['total', 'a', 'c', 'd', 'b', 'e'];
    const levels = [
      { values: ['0', '4', '0', '0'] },
      { values: ['0', '4', '0', '1'] },
      { values: ['0', '1', '0', '4', '0', '3', '2', '2'] },
      { values: ['0', '1', '1', '5', '2', '1', '1', '3'] },
    ];
    const tree = readFlamebearer({ names, levels }, false)!;
    expect(rowsOf(tree)).toEqual([
      '0 total 0 4/0',
      '1 a 0 4/0',
      '2 b 0 1/0',
      '2 c 1 3/2',
      '3 e 0 1/1',
      '3 d 3 1/1',
    ]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 1, 2, 3]);
    expect([...tree.firstChild]).toEqual([1, 2, 4, 5, 6, 6, 6]);
    expect([...tree.rows]).toEqual([0, 1, 2, 4, 6]);
  });

  test('of two sides has the width of both', () => {
    const names = ['total', 'a', 'c', 'b'];
    const levels = [
      { values: [0, 3, 0, 0, 12, 0, 0] },
      { values: [0, 3, 0, 0, 12, 0, 1] },
      { values: [0, 1, 1, 0, 4, 4, 3, 0, 2, 2, 0, 8, 8, 2] },
    ];
    const tree = readFlamebearer({ names, levels }, true)!;
    expect(rowsOf(tree).slice(2)).toEqual(['2 b 0 1/1 4/4', '2 c 5 2/2 8/8']);
    expect([...tree.width]).toEqual([15, 15, 5, 10]);
  });

  test('keeps a node that only one side has', () => {
    const tree = diffOf({ 'a;old': 4 }, { 'a;new': 6, 'a;new;deep': 2 });
    expect(rowsOf(tree)).toEqual([
      '0 total 0 4/0 8/0',
      '1 a 0 4/0 8/0',
      '2 new 0 0/0 8/6',
      '2 old 8 4/4 0/0',
      '3 deep 6 0/0 2/2',
    ]);
  });

  test('with nothing in it is no tree', () => {
    expect(readFlamebearer({ names: [], levels: [] }, false)).toBeUndefined();
    expect(readFlamebearer({ names: ['total'], levels: [{ values: [0, 0, 0, 0] }] }, false)).toBeUndefined();
  });

  test('that is no flame graph breaks nothing, and every node lies within its parent', () => {
    const cell = fc.oneof(fc.integer({ min: -5, max: 40 }), fc.constantFrom('7', 'x', '', '1e999', 'NaN'));
    const levels = fc.array(fc.record({ values: fc.array(cell, { maxLength: 40 }) }), { maxLength: 6 });
    fc.assert(
      fc.property(levels, fc.boolean(), (rows, isComparison) => {
        const tree = readFlamebearer({ names: ['total', 'a', 'b', 'c'], levels: rows }, isComparison);
        if (tree === undefined) return;
        for (let node = 1; node < tree.name.length; node++) {
          const parent = tree.parent[node]!;
          expect(tree.depth[node]).toBe(tree.depth[parent]! + 1);
          expect(tree.start[node]!).toBeGreaterThanOrEqual(tree.start[parent]!);
          expect(tree.start[node]!).toBeLessThan(tree.start[parent]! + tree.width[parent]!);
          expect(node).toBeGreaterThanOrEqual(tree.firstChild[parent]!);
          expect(node).toBeLessThan(tree.firstChild[parent + 1]!);
        }
      }),
    );
  });

  test('deeper than the bound is cut', () => {
    const levels = Array.from({ length: 2_500 }, () => ({ values: [0, 1, 0, 0] }));
    expect(readFlamebearer({ names: ['f'], levels }, false)!.rows.length - 1).toBe(2_000);
  });
});

describe('stacks', () => {
  test('come back as they went in', () => {
    expect(rowsOf(treeOf({ 'a;b': 2, a: 1, c: 3 }))).toEqual([
      '0 total 0 6/0',
      '1 a 0 3/1',
      '1 c 3 3/3',
      '2 b 1 2/2',
    ]);
  });
});
