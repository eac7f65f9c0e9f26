// A function between those that call it and those that it calls, all its places in the tree put together.
import { buildTree, emptyColumns, isRecursion, nodeName } from './call-tree.ts';
import type { CallTree } from './call-tree.ts';

export interface Sandwich {
  /** The function is the root; below it who calls it. */
  readonly callers: CallTree;
  readonly callees: CallTree;
}

/** Undefined where the tree has no such function. */
export function focusOn(tree: CallTree, name: string): Sandwich | undefined {
  const nodes = [...tree.name.keys()].filter(
    (node) => nodeName(tree, node) === name && !isRecursion(tree, node),
  );
  if (nodes.length === 0) return undefined;
  const callers = new MergedTree(tree);
  const callees = new MergedTree(tree);
  for (const node of nodes) {
    callers.addPath(node);
    callees.addSubtree(node);
  }
  return { callers: callers.finish(), callees: callees.finish() };
}

interface MergedNode {
  readonly name: number;
  readonly children: Map<number, MergedNode>;
  readonly left: { total: number; self: number };
  readonly right: { total: number; self: number };
}

class MergedTree {
  private readonly tree: CallTree;
  private root: MergedNode | undefined;

  constructor(tree: CallTree) {
    this.tree = tree;
  }

  /** From the node to the root, each as heavy as the node. */
  addPath(node: number): void {
    let at = this.openRoot(node);
    this.weigh(at, node, hasNoCaller(this.tree, node));
    for (let above = this.tree.parent[node]!; above > 0; above = this.tree.parent[above]!) {
      at = childOf(at, this.tree.name[above]!);
      this.weigh(at, node, this.tree.parent[above] === 0);
    }
  }

  addSubtree(node: number): void {
    const { firstChild, name } = this.tree;
    const open: (readonly [source: number, target: MergedNode])[] = [[node, this.openRoot(node)]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [source, target] = next;
      this.add(target, source);
      for (let child = firstChild[source]!; child < firstChild[source + 1]!; child++) {
        open.push([child, childOf(target, name[child]!)]);
      }
    }
  }

  finish(): CallTree {
    const columns = emptyColumns(this.tree.right !== undefined);
    let row = [{ node: this.root!, parent: -1, start: 0 }];
    for (let depth = 0; row.length > 0; depth++) {
      const next: typeof row = [];
      for (const { node, parent, start } of row) {
        const index = columns.name.push(node.name) - 1;
        columns.parent.push(parent);
        columns.depth.push(depth);
        columns.start.push(start);
        columns.left.total.push(node.left.total);
        columns.left.self.push(node.left.self);
        columns.right?.total.push(node.right.total);
        columns.right?.self.push(node.right.self);
        let at = start;
        for (const child of widestFirst(node)) {
          next.push({ node: child, parent: index, start: at });
          at += widthOf(child);
        }
      }
      row = next;
    }
    return buildTree(this.tree.names, columns);
  }

  private openRoot(node: number): MergedNode {
    this.root ??= emptyNode(this.tree.name[node]!);
    return this.root;
  }

  private add(target: MergedNode, source: number): void {
    const { left, right } = this.tree;
    target.left.total += left.total[source]!;
    target.left.self += left.self[source]!;
    target.right.total += right?.total[source] ?? 0;
    target.right.self += right?.self[source] ?? 0;
  }

  private weigh(target: MergedNode, source: number, isEnd: boolean): void {
    const { left, right } = this.tree;
    target.left.total += left.total[source]!;
    target.right.total += right?.total[source] ?? 0;
    if (!isEnd) return;
    target.left.self += left.total[source]!;
    target.right.self += right?.total[source] ?? 0;
  }
}

/** Whether nobody calls the node: only the root is above it. */
function hasNoCaller({ parent }: CallTree, node: number): boolean {
  return parent[node]! <= 0;
}

function emptyNode(name: number): MergedNode {
  return { name, children: new Map(), left: { total: 0, self: 0 }, right: { total: 0, self: 0 } };
}

function childOf(node: MergedNode, name: number): MergedNode {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const child = emptyNode(name);
  node.children.set(name, child);
  return child;
}

function widthOf({ left, right }: MergedNode): number {
  return left.total + right.total;
}

function widestFirst({ children }: MergedNode): MergedNode[] {
  return [...children.values()].sort((a, b) => widthOf(b) - widthOf(a) || a.name - b.name);
}
