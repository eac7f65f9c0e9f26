// The flame graph that Pyroscope answers and Grafana draws: rows of numbers per level, left to right, and a list of names.
// Nodes are visited right before left, since that is how names get their numbers there.
import type { NameTree, TreeSource } from './pprof/name-tree.ts';
import { growTree } from './pprof/name-tree.ts';
import { textKey } from './pprof/text-key.ts';

export interface Flamebearer {
  /** The first is the root's, `total`. */
  readonly names: readonly string[];
  /** Per level: x - end of the node before it, total, self, index in `names`, and so on for each node. */
  readonly levels: readonly (readonly number[])[];
  readonly total: number;
  readonly maxSelf: number;
}

/** Nodes are x, total and self of the left, x, total and self of the right, index in `names`. */
export interface FlamebearerDiff extends Flamebearer {
  readonly leftTicks: number;
  readonly rightTicks: number;
}

/** What a node is called that stands for all those that were too small; Pyroscope takes a function of this name for one, too. */
const OTHER = 'other';

/** Nodes smaller than the `maxNodes`-th largest are folded into `other`; 0 keeps all. Throws PprofTooLarge. */
export function makeFlamebearer(source: TreeSource, maxNodes: number): Flamebearer {
  const tree = growTree([source]);
  const least = leastTotal(tree, maxNodes, 1);
  const total = tree.totals[0]![0]!;
  return {
    ...drawLevels(tree, (node) => isAtLeast(tree, node, least) && nameOf(tree, node) !== OTHER),
    total,
  };
}

/** The same of two, node by node; one stays if it is large enough in either. Throws PprofTooLarge. */
export function makeFlamebearerDiff(left: TreeSource, right: TreeSource, maxNodes: number): FlamebearerDiff {
  const tree = growTree([left, right]);
  const least = leastTotal(tree, maxNodes, 0);
  const [leftTicks, rightTicks] = tree.totals.map((totals) => totals[0]!) as [number, number];
  const drawn = drawLevels(tree, (node) => isAtLeast(tree, node, least));
  return { ...drawn, total: leftTicks + rightTicks, leftTicks, rightTicks };
}

function nameOf(tree: NameTree, node: number): string {
  return node === 0 ? 'total' : tree.names[tree.nameOf[node]!]!;
}

function isAtLeast({ totals }: NameTree, node: number, least: number): boolean {
  return totals.some((column) => column[node]! >= least);
}

/** The `maxNodes`-th largest total, nodes from `first` on; 0 where there are no more than that. */
function leastTotal({ totals, nodes }: NameTree, maxNodes: number, first: number): number {
  if (maxNodes < 1 || nodes - first <= maxNodes) return 0;
  const largest = Float64Array.from({ length: nodes - first }, (_, i) =>
    totals.reduce((most, column) => Math.max(most, column[first + i]!), 0),
  );
  return largest.sort()[largest.length - maxNodes]!;
}

interface Box {
  readonly name: string;
  readonly level: number;
  /** Undefined for `other`, which has no children. */
  readonly node: number | undefined;
  /** Per source. */
  readonly x: readonly number[];
  readonly totals: readonly number[];
  readonly selves: readonly number[];
}

function drawLevels(
  tree: NameTree,
  isKept: (node: number) => boolean,
): Pick<Flamebearer, 'names' | 'levels' | 'maxSelf'> {
  const names = new NameList();
  const levels: Box[][] = [];
  const waiting: Box[] = [
    boxOf(
      tree,
      0,
      tree.totals.map(() => 0),
    ),
  ];
  let maxSelf = 0;
  for (let box = waiting.pop(); box !== undefined; box = waiting.pop()) {
    names.idOf(box);
    (levels[box.level] ??= []).push(box);
    for (const self of box.selves) maxSelf = Math.max(maxSelf, self);
    if (box.node !== undefined) pushChildren(tree, box, box.node, { isKept, waiting });
  }
  return {
    names: names.names,
    levels: levels.map((boxes) => encodeLevel(boxes.reverse(), names)),
    maxSelf,
  };
}

/** A node's own part is its left one; its children follow. */
function pushChildren(
  tree: NameTree,
  { level, x, selves }: Box,
  node: number,
  { isKept, waiting }: { isKept: (node: number) => boolean; waiting: Box[] },
): void {
  const at = x.map((left, source) => left + selves[source]!);
  const others = x.map(() => 0);
  for (let child = node + 1; child < tree.endOf[node]!; child = tree.endOf[child]!) {
    const into = isKept(child) ? at : others;
    if (into === at) waiting.push(boxOf(tree, child, [...at]));
    tree.totals.forEach((column, source) => {
      into[source]! += column[child]!;
    });
  }
  if (others.some((total) => total !== 0))
    waiting.push({ name: OTHER, level: level + 1, node: undefined, x: at, totals: others, selves: others });
}

function boxOf(tree: NameTree, node: number, x: readonly number[]): Box {
  const { totals, selves, depthOf } = tree;
  const pick = (columns: readonly Float64Array[]): number[] => columns.map((column) => column[node]!);
  return {
    ...{ name: nameOf(tree, node), level: depthOf[node]!, node, x },
    ...{ totals: pick(totals), selves: pick(selves) },
  };
}

function encodeLevel(boxes: readonly Box[], names: NameList): number[] {
  const level: number[] = [];
  const ends = boxes[0]!.x.map(() => 0);
  for (const box of boxes) {
    ends.forEach((end, source) => {
      const [x, total] = [box.x[source]!, box.totals[source]!];
      level.push(x - end, total, box.selves[source]!);
      ends[source] = x + total;
    });
    level.push(names.idOf(box));
  }
  return level;
}

/** Names get their numbers as they are met; the root's is one of its own, whatever functions are called. */
class NameList {
  readonly names: string[] = [];
  private readonly ids = new Map<string, number>();

  idOf({ name, node }: Box): number {
    if (node === 0) {
      if (this.names.length === 0) this.names.push(name);
      return 0;
    }
    const key = textKey(name);
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.ids.set(key, id);
    }
    return id;
  }
}
