// Stacks that come from the root to the leaf, with a weight each, as a tree of numbers: bounded, and never walked by recursion.
import type { ProfileRows } from '../model/profile.ts';
import type { StackTables } from '../model/stack-tables.ts';
import { MAX_STACK_DEPTH } from '../model/stack-tables.ts';

/** Distinct beginnings of stacks. */
export const MAX_CALL_NODES = 2_097_152;
/** Frames of all distinct stacks together: 4 bytes each. */
export const MAX_CALL_CELLS = 33_554_432;
/** More than all frames that there can be; a key of both stays under 2^53. */
const MAX_FRAME_ID = 2 ** 31;

/** The input is over a bound; the message says which one, as the end of a sentence. */
export class TooLarge extends Error {}

export class CallTree {
  /** The node of the empty stack. */
  static readonly root = 0;
  private readonly parents: number[] = [-1];
  private readonly frames: number[] = [-1];
  private readonly depths: number[] = [0];
  private readonly weights: number[] = [0];
  private readonly children = new Map<number, number>();

  /** The stack of `node` with one more call; throws TooLarge. */
  enter(node: number, frame: number): number {
    const key = node * MAX_FRAME_ID + frame;
    const known = this.children.get(key);
    if (known !== undefined) return known;
    const depth = this.depths[node]! + 1;
    if (depth > MAX_STACK_DEPTH) throw new TooLarge(`a stack has more than ${MAX_STACK_DEPTH} frames`);
    if (this.parents.length >= MAX_CALL_NODES) throw new TooLarge('it has too many different stacks');
    this.children.set(key, this.parents.length);
    this.frames.push(frame);
    this.depths.push(depth);
    this.weights.push(0);
    return this.parents.push(node) - 1;
  }

  /** The stack without its last call. */
  leave(node: number): number {
    return this.parents[node]!;
  }

  /** The last call of a stack; -1 of the empty one. */
  frameOf(node: number): number {
    return this.frames[node]!;
  }

  add(node: number, weight: number): void {
    this.weights[node]! += weight;
  }

  /** Adds every stack with a weight to `tables`: one row each, without labels. The empty stack is nobody's time. */
  toRows(tables: StackTables, toCount: (weight: number) => number): ProfileRows {
    const stacks: number[] = [];
    const counts: number[] = [];
    const leafFirst = new Uint32Array(MAX_STACK_DEPTH);
    let cells = 0;
    for (let node = 1; node < this.parents.length; node++) {
      if (this.weights[node] === 0) continue;
      const depth = this.depths[node]!;
      cells += depth;
      if (cells > MAX_CALL_CELLS) throw new TooLarge('its stacks have too many frames');
      for (let i = 0, at = node; i < depth; i++, at = this.parents[at]!) leafFirst[i] = this.frames[at]!;
      stacks.push(tables.addStack(leafFirst, depth));
      counts.push(toCount(this.weights[node]!));
    }
    return { length: counts.length, stacks, counts, labelSets: new Uint32Array(counts.length) };
  }
}
