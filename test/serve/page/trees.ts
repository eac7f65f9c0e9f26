// Trees for tests of the page, from stacks as people write them.
import { readFlamebearer } from '../../../src/serve/page/model/flamebearer.ts';
import { nodeName } from '../../../src/serve/page/model/call-tree.ts';
import type { CallTree } from '../../../src/serve/page/model/call-tree.ts';
import { mergeDiff, mergeStacks } from '../../fixtures/flamebearer-of.ts';

type Stacks = Readonly<Record<string, number>>;

export function treeOf(stacks: Stacks): CallTree {
  return readFlamebearer(mergeStacks(new Map(Object.entries(stacks))), false)!;
}

export function diffOf(left: Stacks, right: Stacks): CallTree {
  return readFlamebearer(mergeDiff(new Map(Object.entries(left)), new Map(Object.entries(right))), true)!;
}

/** `depth name start total/self`, row by row. */
export function rowsOf(tree: CallTree): string[] {
  return [...tree.name.keys()].map((node) => {
    const sides = [tree.left, tree.right].flatMap((side) =>
      side === undefined ? [] : [`${side.total[node]!}/${side.self[node]!}`],
    );
    return [tree.depth[node], nodeName(tree, node), tree.start[node], ...sides].join(' ');
  });
}

export function nodeOf(tree: CallTree, name: string): number {
  return [...tree.name.keys()].find((node) => nodeName(tree, node) === name)!;
}
