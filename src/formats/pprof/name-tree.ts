// The calls of profiles as one tree of function names, which flame graphs and tables are made of. Stacks are put in the order of
// their names and walked along: nothing recurses, however deep a stack is, and children stand in the order of their names.
import type { Pprof } from './pprof.ts';
import { NamedStacks } from './named-stacks.ts';
import { over } from './wire.ts';

/** Nodes of a tree; 30 to 50 bytes each. */
export const MAX_TREE_NODES = 4_194_304;

/** One sample type of a profile. */
export interface TreeSource {
  readonly pprof: Pprof;
  /** Index in its sample types. */
  readonly column: number;
}

/** Columns of nodes: parents before children, siblings in the order of their names. Node 0 is the root. */
export interface NameTree {
  readonly nodes: number;
  readonly names: readonly string[];
  /** Index in `names`; -1 of the root. */
  readonly nameOf: Int32Array;
  readonly depthOf: Int32Array;
  /** The node behind the last one below it: the next sibling, if there is one. */
  readonly endOf: Int32Array;
  /** Per source: values of the node with all below it, and those that end in it. Over 2^53 the last digits are rounded. */
  readonly totals: readonly Float64Array[];
  readonly selves: readonly Float64Array[];
}

/**
 * Locations without a function are named by their address, inlined functions are calls of their own. Values that are not
 * positive are left out: no graph can show them. Throws PprofTooLarge.
 */
export function growTree(sources: readonly TreeSource[]): NameTree {
  const stacks = new NamedStacks(sources);
  const order = stacks.sorted();
  const shared = new Int32Array(order.length);
  let nodes = 1;
  for (let i = 0; i < order.length; i++) {
    shared[i] = i === 0 ? 0 : stacks.sharedDepth(order[i - 1]!, order[i]!);
    nodes += stacks.rowOf(order[i]!).length - shared[i]!;
  }
  if (nodes > MAX_TREE_NODES) throw over(MAX_TREE_NODES, 'different calls');
  const tree = emptyTree(nodes, stacks.names, sources.length);
  fillTree(tree, stacks, { order, shared });
  return tree;
}

function emptyTree(nodes: number, names: readonly string[], sources: number): NameTree {
  const column = (): Float64Array => new Float64Array(nodes);
  return {
    nodes,
    names,
    nameOf: new Int32Array(nodes).fill(-1),
    depthOf: new Int32Array(nodes),
    endOf: new Int32Array(nodes),
    totals: Array.from({ length: sources }, column),
    selves: Array.from({ length: sources }, column),
  };
}

interface Walk {
  readonly order: Uint32Array;
  /** How many frames a stack has in common with the one before it. */
  readonly shared: Int32Array;
}

function fillTree(tree: NameTree, stacks: NamedStacks, { order, shared }: Walk): void {
  const { nameOf, depthOf, endOf, totals, selves } = tree;
  const path = [0];
  let next = 1;
  order.forEach((stack, i) => {
    const row = stacks.rowOf(stack);
    while (path.length - 1 > shared[i]!) endOf[path.pop()!] = next;
    for (let depth = path.length; depth <= row.length; depth++) {
      nameOf[next] = row[depth - 1]!;
      depthOf[next] = depth;
      path.push(next++);
    }
    stacks.sums.forEach((sums, source) => {
      const value = sums[stack]!;
      if (value === 0) return;
      for (const node of path) totals[source]![node]! += value;
      selves[source]![path.at(-1)!]! += value;
    });
  });
  while (path.length > 0) endOf[path.pop()!] = next;
}
