import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeColor, packageColor, toHex } from '../../../src/serve/page/model/colors.ts';
import { boxOf, neighbour, nodeAt, visibleNodes } from '../../../src/serve/page/model/flame-geometry.ts';
import { ownNameStart, packageOf } from '../../../src/serve/page/model/name-parts.ts';
import { nodeOf, treeOf } from './trees.ts';

const tree = treeOf({ 'a;x': 30, 'a;y': 10, 'b;z;deep': 60 });
const at = (name: string): number => nodeOf(tree, name);

describe('a frame', () => {
  test('lies where its samples are', () => {
    expect(boxOf(tree, 0, at('y'), 1_000)).toEqual({ x: 300, width: 100 });
    expect(boxOf(tree, at('a'), at('y'), 1_000)).toEqual({ x: 750, width: 250 });
    expect(boxOf(tree, at('a'), 0, 1_000)).toEqual({ x: 0, width: 1_000 });
  });

  test('is not seen outside of the one that fills the width', () => {
    expect(visibleNodes(tree, at('a'), 1)).toEqual([at('a'), at('a') + 1]);
    expect(visibleNodes(tree, at('a'), 2)).toEqual([at('x'), at('y') + 1]);
    expect(visibleNodes(tree, at('a'), 3)).toEqual([at('deep'), at('deep')]);
    expect(visibleNodes(tree, 0, 9)).toEqual([0, 0]);
  });

  test('is found below the mouse, and nothing is where nothing is', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(5), fc.nat(tree.name.length - 1), (x, depth, zoom) => {
        const node = nodeAt(tree, zoom, { depth, x, width: 1_000 });
        const [first, end] = visibleNodes(tree, zoom, depth);
        const expected = [...tree.name.keys()].slice(first, end).find((candidate) => {
          const box = boxOf(tree, zoom, candidate, 1_000);
          return x >= box.x && x < box.x + box.width;
        });
        expect(node).toBe(expected);
      }),
    );
  });

  test('has neighbours for the arrow keys', () => {
    expect(neighbour(tree, 0, 0, 'child')).toBe(at('b'));
    expect(neighbour(tree, 0, at('b'), 'previous')).toBe(at('a'));
    expect(neighbour(tree, 0, at('a'), 'previous')).toBe(at('a'));
    expect(neighbour(tree, 0, at('x'), 'next')).toBe(at('y'));
    expect(neighbour(tree, at('a'), at('y'), 'next')).toBe(at('y'));
    expect(neighbour(tree, 0, at('y'), 'child')).toBe(at('y'));
    expect(neighbour(tree, 0, at('deep'), 'parent')).toBe(at('z'));
    expect(neighbour(tree, 0, 0, 'parent')).toBe(0);
    expect(neighbour(tree, 0, at('deep'), 'root')).toBe(0);
  });
});

describe('a colour', () => {
  test('is that of the package, always the same', () => {
    expect(packageOf('Illuminate\\Database\\Eloquent\\Builder::get')).toBe('Illuminate\\Database');
    expect(packageOf('App\\Cart::total')).toBe('App');
    expect(packageOf('App\\helper')).toBe('App');
    expect(packageOf('WP_Query::get_posts')).toBe('WP');
    expect(packageOf('PDO::query')).toBe('PDO');
    expect(packageOf('strlen')).toBe('');
    expect(packageOf('<main> index.php')).toBe('files');
    expect(packageOf('include home.blade.php')).toBe('');
    expect(packageOf('net/http.(*Server).Serve')).toBe('net/http');
    expect(packageOf('github.com/acme/shop.Cart[go.shape.int].Total')).toBe('github.com/acme/shop');
    expect(packageOf('runtime.mallocgc')).toBe('runtime');
    expect(packageOf('gcWriteBarrier')).toBe('');
    expect(packageColor('App\\A::b')).toEqual(packageColor('App\\A::b'));
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(toHex(packageColor(name))).toMatch(/^#[0-9a-f]{6}$/);
      }),
    );
  });

  test('leaves the own name when the package is cut off', () => {
    const own = (name: string): string => name.slice(ownNameStart(name));
    expect(own('App\\Cart\\Cart::total')).toBe('Cart::total');
    expect(own('net/http.(*Server).Serve')).toBe('http.(*Server).Serve');
    expect(own('slices.Sort[go.shape.[]a/b.c]')).toBe('slices.Sort[go.shape.[]a/b.c]');
    expect(own('<main> /srv/index.php')).toBe('<main> /srv/index.php');
    expect(own('/srv')).toBe('/srv');
  });

  test('of a change is orange for more, blue for less, grey for the same', () => {
    const [more, less, same] = [changeColor(0.1, 0.4), changeColor(0.4, 0.1), changeColor(0.2, 0.2)];
    expect(more.red).toBeGreaterThan(more.blue);
    expect(less.blue).toBeGreaterThan(less.red);
    expect(Math.abs(same.red - same.blue)).toBeLessThan(10);
    expect(changeColor(0, 0.1)).toEqual(more);
  });
});
