import { describe, expect, test } from 'vitest';
import { nodeName } from '../../../src/serve/page/model/call-tree.ts';
import { describeChange, listFunctions, sortRows } from '../../../src/serve/page/model/function-rows.ts';
import { findNames, nameMatcher } from '../../../src/serve/page/model/name-search.ts';
import { focusOn } from '../../../src/serve/page/model/sandwich.ts';
import { encodePath, followPath, sameFrame } from '../../../src/serve/page/model/zoom-path.ts';
import { diffOf, nodeOf, rowsOf, treeOf } from './trees.ts';

describe('the table of functions', () => {
  test('adds up a function from all its places, recursion once', () => {
    const tree = treeOf({ 'main;f': 2, 'main;f;g': 3, 'main;f;g;f': 5, 'main;g': 7 });
    expect(Object.fromEntries(listFunctions(tree).map((row) => [row.name, row.left]))).toEqual({
      main: { self: 0, total: 17 },
      f: { self: 7, total: 10 },
      g: { self: 10, total: 15 },
    });
  });

  test('is sorted by what is asked for, names when equal', () => {
    const tree = treeOf({ b: 1, a: 1, 'c;d': 5 });
    const names = (key: 'self' | 'name' | 'total', isDescending: boolean): string[] =>
      sortRows(listFunctions(tree), { key, isDescending }, tree).map(({ name }) => name);
    expect(names('self', true)).toEqual(['d', 'a', 'b', 'c']);
    expect(names('self', false)).toEqual(['c', 'a', 'b', 'd']);
    expect(names('total', true)).toEqual(['c', 'd', 'a', 'b']);
    expect(names('name', true)).toEqual(['d', 'c', 'b', 'a']);
  });

  test('compares shares, since sides differ in length', () => {
    const tree = diffOf({ same: 1, slow: 1, old: 2 }, { same: 10, slow: 20, fresh: 10 });
    const rows = sortRows(listFunctions(tree), { key: 'change', isDescending: true }, tree);
    expect(rows.map((row) => `${row.name} ${describeChange(row, tree)}`)).toEqual([
      'fresh new',
      'slow +100 %',
      'same 0 %',
      'old gone',
    ]);
  });
});

describe('a function in focus', () => {
  test('has those that call it, each with the part that is for it, and those that it calls', () => {
    const tree = treeOf({ 'main;a;f;g': 3, 'main;b;f': 4, 'main;b;f;h': 1, 'main;b': 9 });
    const { callers, callees } = focusOn(tree, 'f')!;
    expect(rowsOf(callers)).toEqual(['0 f 0 8/0', '1 b 0 5/0', '1 a 5 3/0', '2 main 0 5/5', '2 main 5 3/3']);
    expect(rowsOf(callees)).toEqual(['0 f 0 8/4', '1 g 0 3/3', '1 h 3 1/1']);
  });

  test('that calls itself counts once', () => {
    const { callers, callees } = focusOn(treeOf({ 'f;f;f;x': 6, 'f;x': 1 }), 'f')!;
    expect(rowsOf(callers)).toEqual(['0 f 0 7/7']);
    expect(rowsOf(callees)[0]).toBe('0 f 0 7/0');
  });

  test('keeps both sides of a comparison', () => {
    const { callees } = focusOn(diffOf({ 'm;f;x': 2 }, { 'm;f;y': 3 }), 'f')!;
    expect(rowsOf(callees)).toEqual(['0 f 0 2/0 3/0', '1 y 0 0/0 3/3', '1 x 3 2/2 0/0']);
  });

  test('is nothing where there is no such function', () => {
    expect(focusOn(treeOf({ a: 1 }), 'b')).toBeUndefined();
  });
});

describe('a search', () => {
  test('finds all words in any case and order, and adds up without counting twice', () => {
    const tree = treeOf({ 'App\\Cart::total;App\\Cart::lines': 3, 'App\\Home::index': 1 });
    const found = findNames(tree, ' CART app')!;
    expect(found.frames).toBe(2);
    expect(found.share).toBe(0.75);
    expect(findNames(tree, '  ')).toBeUndefined();
  });

  test('takes its text as text', () => {
    expect(nameMatcher('(a+)+$')('x(a+)+$y')).toBe(true);
    expect(nameMatcher('.*')('abc')).toBe(false);
  });
});

describe('the path to a frame', () => {
  test('leads there, also in newer data, and as far as there is a way', () => {
    const stacks = { 'main;a;f': 1, 'main;b;f': 1 };
    const tree = treeOf(stacks);
    const node = tree.name.length - 1;
    const path = encodePath(tree, node);
    expect(path).toMatch(/^[0-9a-z]{15}$/);
    expect(followPath(tree, path)).toBe(node);
    const newer = treeOf({ ...stacks, 'main;aa;x': 5 });
    expect(rowsOf(newer)[followPath(newer, path)]).toMatch(/^3 f /);
    expect(followPath(treeOf({ 'main;c': 1 }), path)).toBe(1);
    expect(followPath(tree, 'not a path')).toBe(0);
    expect(encodePath(tree, 0)).toBe('');
    expect(nodeOf(tree, 'main')).toBe(1);
  });

  test('finds the same frame in newer data, or none', () => {
    const tree = treeOf({ 'main;a;f': 1, 'main;b;f': 1 });
    const newer = treeOf({ 'main;a;e': 7, 'main;a;f': 2 });
    const node = nodeOf(tree, 'f');
    expect(nodeName(newer, sameFrame(tree, node, newer)!)).toBe('f');
    expect(sameFrame(tree, nodeOf(tree, 'b'), newer)).toBeUndefined();
    expect(sameFrame(tree, 0, newer)).toBeUndefined();
  });
});
