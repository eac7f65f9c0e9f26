// Pyroscope's flame graphs (rows of offsets, totals, self values and names) as a tree of calls. Nothing in them is trusted.
import { buildTree, emptyColumns } from './call-tree.ts';
import type { CallTree, NodeColumns } from './call-tree.ts';

/** As the API has it; 64-bit numbers are texts there. */
export interface Flamebearer {
  readonly names: readonly string[];
  readonly levels: readonly { readonly values: readonly (string | number)[] }[];
}

/** Numbers per node: offset, total, self per side, and the name. */
const SINGLE_CELLS = 4;
const DOUBLE_CELLS = 7;
/** Runaway recursion: deeper rows would only cost time. */
const MAX_DEPTH = 2_000;

/** Undefined where there is nothing in it. */
export function readFlamebearer({ names, levels }: Flamebearer, isComparison: boolean): CallTree | undefined {
  const columns = emptyColumns(isComparison);
  let above = 0;
  for (const { values } of levels.slice(0, MAX_DEPTH)) {
    const begin = columns.name.length;
    readRow(values, columns, { above, begin, nameCount: names.length });
    if (columns.name.length === begin) break;
    above = begin;
  }
  if (columns.name.length === 0 || widthOf(columns, 0) === 0) return undefined;
  return buildTree(names, columns);
}

interface RowPlace {
  /** First node of the row above, and of this one. */
  readonly above: number;
  readonly begin: number;
  readonly nameCount: number;
}

function readRow(values: readonly (string | number)[], columns: NodeColumns, place: RowPlace): void {
  const cells = columns.right === undefined ? SINGLE_CELLS : DOUBLE_CELLS;
  const ends = [0, 0];
  let parent = place.above;
  for (let at = 0; at + cells <= values.length; at += cells) {
    const read = (cell: number): number => cleanNumber(values[at + cell]);
    const left = { offset: read(0), total: read(1), self: read(2) };
    const right = cells === SINGLE_CELLS ? undefined : { offset: read(3), total: read(4), self: read(5) };
    const start = ends[0]! + left.offset + ends[1]! + (right?.offset ?? 0);
    ends[0]! += left.offset + left.total;
    ends[1]! += (right?.offset ?? 0) + (right?.total ?? 0);
    const width = left.total + (right?.total ?? 0);
    const name = read(cells - 1);
    if (width <= 0 || name >= place.nameCount) continue;
    if (place.begin > 0) {
      while (parent < place.begin && columns.start[parent]! + widthOf(columns, parent) <= start) parent += 1;
      if (parent >= place.begin || columns.start[parent]! > start) continue;
    } else if (columns.name.length > 0) {
      continue;
    }
    columns.name.push(name);
    columns.parent.push(place.begin === 0 ? -1 : parent);
    columns.depth.push(place.begin === 0 ? 0 : columns.depth[parent]! + 1);
    columns.start.push(start);
    columns.left.total.push(left.total);
    columns.left.self.push(left.self);
    columns.right?.total.push(right!.total);
    columns.right?.self.push(right!.self);
  }
}

function widthOf({ left, right }: NodeColumns, node: number): number {
  return left.total[node]! + (right?.total[node] ?? 0);
}

function cleanNumber(value: string | number | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) && number > 0 ? number : 0;
}
