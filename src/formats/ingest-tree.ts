// The binary uploads of Pyroscope's older agents: `tree`, whose nodes are calls, and `trie`, whose nodes are pieces of folded text.
// Both are nodes in pre-order, each: length of the name, the name, its own count, number of its children; all numbers are varints.
import { MAX_STACK_DEPTH } from '../model/stack-tables.ts';
import { MAX_TEXT_LINE_BYTES, TextStacks } from './ingest-text.ts';
import type { CountMeaning } from './pprof/build.ts';
import { PprofBuilder } from './pprof/build.ts';
import type { Pprof } from './pprof/pprof.ts';
import { over, PprofError, Wire } from './pprof/wire.ts';

/** Nodes that are open at once; a piece of text may be empty, so this is not what the length of a text bounds. */
const MAX_TRIE_DEPTH = 65_536;
/** Of all texts of a trie together: nodes share their beginnings, so bytes don't bound them. */
export const MAX_TRIE_TEXT_BYTES = 268_435_456;

/** The root stands for all calls and is none itself; what is counted there has an empty stack. Throws PprofError. */
export function decodeTree(body: Uint8Array, meaning: CountMeaning): Pprof {
  const builder = new PprofBuilder();
  const path: number[] = [];
  const leafFirst = new Uint32Array(MAX_STACK_DEPTH);
  eachNode(body, MAX_STACK_DEPTH, (name, count, depth) => {
    path.length = Math.max(0, depth - 1);
    if (depth > 0) path.push(builder.frameOf(name.toString('utf8')));
    if (count === 0) return;
    for (let i = 0; i < path.length; i++) leafFirst[i] = path[path.length - 1 - i]!;
    builder.add(leafFirst, path.length, count);
  });
  return builder.finish(meaning);
}

/** Throws PprofError. */
export function decodeTrie(body: Uint8Array, meaning: CountMeaning): Pprof {
  const stacks = new TextStacks();
  const text = Buffer.alloc(MAX_TEXT_LINE_BYTES);
  /** Where the text of each open node ends. */
  const ends: number[] = [];
  let bytes = 0;
  eachNode(body, MAX_TRIE_DEPTH, (name, count, depth) => {
    const start = depth === 0 ? 0 : ends[depth - 1]!;
    const end = start + name.length;
    if (end > text.length) throw over(text.length, 'bytes in a stack');
    name.copy(text, start);
    ends[depth] = end;
    if (count === 0) return;
    bytes += end;
    if (bytes > MAX_TRIE_TEXT_BYTES) throw over(MAX_TRIE_TEXT_BYTES, 'bytes in its stacks');
    stacks.add(text.toString('utf8', 0, end), count);
  });
  return stacks.finish(meaning);
}

/** `depth` is 0 at the root. Throws PprofError where the bytes are no such tree, or more than one. */
function eachNode(
  body: Uint8Array,
  maxDepth: number,
  visit: (name: Buffer, count: number, depth: number) => void,
): void {
  const wire = new Wire(Buffer.from(body.buffer, body.byteOffset, body.length));
  /** Children that each open node still has to come. */
  const left: number[] = [1];
  while (left.length > 0) {
    if (left.at(-1) === 0) {
      left.pop();
      continue;
    }
    if (left.length - 1 > maxDepth) throw over(maxDepth, 'frames in a stack');
    left[left.length - 1]! -= 1;
    const end = wire.length();
    const name = wire.buffer.subarray(wire.at, end);
    wire.at = end;
    visit(name, wire.number(), left.length - 1);
    left.push(wire.number());
  }
  if (wire.at < wire.end) throw new PprofError('parsing tree: there is more behind its end');
}
