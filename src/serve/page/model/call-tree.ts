// A tree of calls in columns: nodes row by row, in a row from left to right, so that children are neighbours.

/** Per node, in the unit of the profile. */
export interface TreeValues {
  readonly total: Float64Array;
  readonly self: Float64Array;
}

export interface CallTree {
  readonly names: readonly string[];
  /** Index into names, per node. */
  readonly name: Int32Array;
  /** -1 for the root, which is node 0. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** First node of each depth, and the number of nodes at the end. */
  readonly rows: Int32Array;
  /** Children of a node are firstChild[node] to firstChild[node + 1], which is not included. */
  readonly firstChild: Int32Array;
  /** Left edge, where the root is as wide as the sum of both sides. */
  readonly start: Float64Array;
  readonly width: Float64Array;
  readonly left: TreeValues;
  /** Set where two sides are compared. */
  readonly right: TreeValues | undefined;
}

/** Columns as they are collected. */
export interface NodeColumns {
  readonly name: number[];
  readonly parent: number[];
  readonly depth: number[];
  readonly start: number[];
  readonly left: { readonly total: number[]; readonly self: number[] };
  readonly right: { readonly total: number[]; readonly self: number[] } | undefined;
}

export function emptyColumns(isComparison: boolean): NodeColumns {
  const values = (): { total: number[]; self: number[] } => ({ total: [], self: [] });
  const right = isComparison ? values() : undefined;
  return { name: [], parent: [], depth: [], start: [], left: values(), right };
}

/** The columns are in order already: row by row, children in the order of their parents. */
export function buildTree(names: readonly string[], columns: NodeColumns): CallTree {
  const count = columns.name.length;
  const left = freeze(columns.left);
  const right = columns.right === undefined ? undefined : freeze(columns.right);
  const width =
    right === undefined ? left.total : left.total.map((total, node) => total + right.total[node]!);
  const firstChild = new Int32Array(count + 1).fill(count);
  const rows: number[] = [];
  for (let node = count - 1; node > 0; node--) firstChild[columns.parent[node]!] = node;
  for (let node = count - 1; node >= 0; node--) {
    firstChild[node] = Math.min(firstChild[node]!, firstChild[node + 1]!);
  }
  columns.depth.forEach((depth, node) => {
    if (depth === rows.length) rows.push(node);
  });
  return {
    names,
    name: Int32Array.from(columns.name),
    parent: Int32Array.from(columns.parent),
    depth: Int32Array.from(columns.depth),
    rows: Int32Array.from([...rows, count]),
    firstChild,
    start: Float64Array.from(columns.start),
    width,
    left,
    right,
  };
}

function freeze({ total, self }: { total: number[]; self: number[] }): TreeValues {
  return { total: Float64Array.from(total), self: Float64Array.from(self) };
}

export function nodeName(tree: CallTree, node: number): string {
  return tree.names[tree.name[node]!] ?? '';
}

/** Whether a node further up has the same name: its total is in that one's already. */
export function isRecursion(tree: CallTree, node: number): boolean {
  const name = tree.name[node]!;
  for (let above = tree.parent[node]!; above >= 0; above = tree.parent[above]!) {
    if (tree.name[above] === name) return true;
  }
  return false;
}

/** Share of all samples of a side, 0 to 1. */
export function shareOf(values: TreeValues, node: number): number {
  const whole = values.total[0]!;
  return whole === 0 ? 0 : values.total[node]! / whole;
}
