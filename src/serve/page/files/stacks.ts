// Every stack of a tree with what is spent in its last frame: what files of stacks are made of.
import { nodeName } from '../model/call-tree.ts';
import type { CallTree } from '../model/call-tree.ts';

export interface StackLine {
  /** Root first, without the root of the tree. */
  readonly frames: readonly string[];
  readonly left: number;
  /** 0 where nothing is compared. */
  readonly right: number;
}

export function* stacksOf(tree: CallTree): Generator<StackLine> {
  for (let node = 1; node < tree.name.length; node++) {
    const left = tree.left.self[node]!;
    const right = tree.right?.self[node] ?? 0;
    if (left === 0 && right === 0) continue;
    const frames: string[] = [];
    for (let at = node; at > 0; at = tree.parent[at]!) frames.push(nodeName(tree, at));
    yield { frames: frames.reverse(), left, right };
  }
}
