import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_LINE_BYTES } from '../../src/formats/ingest-text.ts';
import { decodeTree, decodeTrie, MAX_TRIE_TEXT_BYTES } from '../../src/formats/ingest-tree.ts';
import type { CountMeaning } from '../../src/formats/pprof/build.ts';
import { PprofError } from '../../src/formats/pprof/wire.ts';
import { ProtoWriter } from '../../src/formats/proto-writer.ts';
import { stacksOf } from '../fixtures/pprof-samples.ts';

interface Node {
  readonly name: string;
  readonly count: number;
  readonly children: readonly Node[];
}

const meaning: CountMeaning = {
  ...{ sampleType: { type: 'n', unit: 'count' }, periodType: undefined, period: 1, timeNanos: 0n },
};
const node = (name: string, count: number, ...children: readonly Node[]): Node => ({ name, count, children });

function encode(root: Node): Buffer {
  const out = new ProtoWriter();
  const write = ({ name, count, children }: Node): void => {
    const bytes = Buffer.from(name);
    out.varint(bytes.length);
    out.raw(bytes);
    out.varint(count);
    out.varint(children.length);
    children.forEach(write);
  };
  write(root);
  return out.copy();
}

const tree = (root: Node): readonly string[] => stacksOf(decodeTree(encode(root), meaning));
const trie = (root: Node): readonly string[] => stacksOf(decodeTrie(encode(root), meaning));

/** Nested `depth` times, without recursion. */
function nested(depth: number, name: string, count: number): Buffer {
  const out = new ProtoWriter();
  const bytes = Buffer.from(name);
  for (let i = 0; i < depth; i++) {
    out.varint(bytes.length);
    out.raw(bytes);
    out.varint(count);
    out.varint(i === depth - 1 ? 0 : 1);
  }
  return out.copy();
}

describe('a tree', () => {
  test('has calls as its nodes, each with the count that ends in it', () => {
    const calls = node('a', 0, node('b', 1, node('d;e', 7)), node('c', 2));
    expect(tree(node('', 0, calls, node('f', 3)))).toEqual(['a;b;d;e=7', 'a;b=1', 'a;c=2', 'f=3']);
  });

  test('keeps what is counted at its root', () => {
    expect(tree(node('', 4, node('a', 1)))).toEqual(['=4', 'a=1']);
  });

  test('adds up children of one name', () => {
    expect(tree(node('', 0, node('a', 1, node('b', 2)), node('a', 4, node('b', 8))))).toEqual([
      'a;b=10',
      'a=5',
    ]);
  });
});

describe('a trie', () => {
  test('has pieces of stacks as its nodes', () => {
    const pieces = node('foo;ba', 0, node('r', 1, node(';q', 2)), node('z;x', 3));
    expect(trie(node('', 0, pieces, node('g', 4)))).toEqual([
      'foo;bar;q=2',
      'foo;bar=1',
      'foo;baz;x=3',
      'g=4',
    ]);
  });

  test('may cut a letter in two', () => {
    const [first, second] = [Buffer.from('ü').subarray(0, 1), Buffer.from('ü').subarray(1)];
    const body = Buffer.concat([
      Buffer.from([1]),
      first,
      Buffer.from([0, 1, 1]),
      second,
      Buffer.from([5, 0]),
    ]);
    expect(stacksOf(decodeTrie(body, meaning))).toEqual(['ü=5']);
  });
});

describe.each([
  ['a tree', decodeTree],
  ['a trie', decodeTrie],
])('%s that is broken', (_, decode) => {
  const anyNode = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.record({
      name: fc.constantFrom('', 'a', 'b;', ';c', 'ü'),
      count: fc.nat(300),
      children: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie('node'), { maxLength: 3 })),
    }),
  })).node;
  const read = (body: Buffer): boolean => {
    try {
      decode(body, meaning);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(PprofError);
      return false;
    }
  };

  test('is refused: cut anywhere, longer than it says, with any bits flipped', () => {
    fc.assert(
      fc.property(anyNode, fc.nat(), fc.nat(255), (root, at, bits) => {
        const body = encode(root);
        expect(read(body)).toBe(true);
        for (let end = 0; end < body.length; end++) expect(read(body.subarray(0, end))).toBe(false);
        expect(read(Buffer.concat([body, Buffer.from([0])]))).toBe(false);
        body[at % body.length]! ^= bits;
        read(body);
      }),
    );
  });

  test('is refused where it promises more than it holds', () => {
    const endless = Buffer.concat([Buffer.from([0, 0]), Buffer.alloc(7, 255), Buffer.from([1])]);
    expect(() => decode(endless, meaning)).toThrow('a field runs over the end of its message');
    expect(() => decode(Buffer.alloc(10, 255), meaning)).toThrow(PprofError);
  });
});

describe('a tree or trie over a bound', () => {
  test('of depth is refused', () => {
    expect(decodeTree(nested(16_385, 'f', 0), meaning).samples.count).toBe(0);
    expect(() => decodeTree(nested(16_386, 'f', 0), meaning)).toThrow('more than 16384 frames');
    expect(() => decodeTrie(nested(65_538, '', 0), meaning)).toThrow('more than 65536 frames');
  });

  test('of the length of a stack is refused', () => {
    expect(() => decodeTrie(nested(2, 'f'.repeat(MAX_TEXT_LINE_BYTES), 1), meaning)).toThrow(
      `more than ${MAX_TEXT_LINE_BYTES} bytes`,
    );
  });

  test('of all stacks together is refused: nodes share their beginnings', () => {
    expect(() => decodeTree(nested(16_385, 'f', 1), meaning)).toThrow('more than');
    const leaves = Math.ceil(MAX_TRIE_TEXT_BYTES / 65_000);
    const long = node('f'.repeat(65_000), 0, ...Array.from({ length: leaves }, (_, i) => node(String(i), 1)));
    expect(() => trie(long)).toThrow(`more than ${MAX_TRIE_TEXT_BYTES} bytes`);
  });
});
