// Where the frames of a tree are while one of them fills the width: the frames above it are as wide, the others lie outside.
import type { CallTree } from './call-tree.ts';

/** In px, text included. */
export const ROW_HEIGHT = 20;

export interface FrameBox {
  readonly x: number;
  readonly width: number;
}

/** Nodes of a row that can be seen, the last not included. */
export function visibleNodes(
  tree: CallTree,
  zoom: number,
  depth: number,
): readonly [first: number, end: number] {
  const zoomDepth = tree.depth[zoom]!;
  if (depth >= tree.rows.length - 1) return [0, 0];
  if (depth <= zoomDepth) {
    let node = zoom;
    while (tree.depth[node]! > depth) node = tree.parent[node]!;
    return [node, node + 1];
  }
  const [begin, end] = [tree.rows[depth]!, tree.rows[depth + 1]!];
  const from = tree.start[zoom]!;
  return [firstAt(tree, begin, end, from), firstAt(tree, begin, end, from + tree.width[zoom]!)];
}

/** First node from `begin` on that starts at the value or right of it. */
function firstAt({ start }: CallTree, begin: number, end: number, value: number): number {
  let [low, high] = [begin, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (start[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** In px of a graph that is `width` px wide. */
export function boxOf(tree: CallTree, zoom: number, node: number, width: number): FrameBox {
  if (tree.depth[node]! <= tree.depth[zoom]!) return { x: 0, width };
  const scale = width / tree.width[zoom]!;
  return { x: (tree.start[node]! - tree.start[zoom]!) * scale, width: tree.width[node]! * scale };
}

/** The frame below a point; undefined where there is none. */
export function nodeAt(
  tree: CallTree,
  zoom: number,
  { depth, x, width }: { depth: number; x: number; width: number },
): number | undefined {
  const [first, end] = visibleNodes(tree, zoom, depth);
  if (first === end) return undefined;
  if (depth <= tree.depth[zoom]!) return first;
  const value = tree.start[zoom]! + (x / width) * tree.width[zoom]!;
  const node = firstAt(tree, first, end, value + Number.MIN_VALUE) - 1;
  const candidate = node + 1 < end && tree.start[node + 1] === value ? node + 1 : node;
  if (candidate < first || value >= tree.start[candidate]! + tree.width[candidate]!) return undefined;
  return candidate;
}

export type Direction = 'parent' | 'child' | 'previous' | 'next' | 'root';

/** Where an arrow key leads; the same frame where there is nothing. */
export function neighbour(tree: CallTree, zoom: number, node: number, direction: Direction): number {
  if (direction === 'root') return 0;
  if (direction === 'parent') return Math.max(0, tree.parent[node]!);
  if (direction === 'child') return widestChild(tree, zoom, node);
  const [first, end] = visibleNodes(tree, zoom, tree.depth[node]!);
  const next = direction === 'next' ? node + 1 : node - 1;
  return next >= first && next < end ? next : node;
}

function widestChild(tree: CallTree, zoom: number, node: number): number {
  const depth = tree.depth[node]! + 1;
  const [first, end] = visibleNodes(tree, zoom, depth);
  let best = node;
  const from = Math.max(first, tree.firstChild[node]!);
  for (let child = from; child < Math.min(end, tree.firstChild[node + 1]!); child++) {
    if (best === node || tree.width[child]! > tree.width[best]!) best = child;
  }
  return best;
}
