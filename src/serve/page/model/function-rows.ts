// The table of functions: what each costs itself, and with all that it calls.
import { isRecursion } from './call-tree.ts';
import type { CallTree, TreeValues } from './call-tree.ts';
import { formatChange } from './value-format.ts';
import type { Sort } from './view-state.ts';

export interface FunctionValues {
  readonly self: number;
  /** Recursion counts once. */
  readonly total: number;
}

export interface FunctionRow {
  readonly name: string;
  readonly left: FunctionValues;
  readonly right: FunctionValues | undefined;
}

/** One row per name, the root left out. */
export function listFunctions(tree: CallTree): readonly FunctionRow[] {
  const left = sumPerName(tree, tree.left);
  const right = tree.right === undefined ? undefined : sumPerName(tree, tree.right);
  const seen = new Set(tree.name.subarray(1));
  return [...seen].map((name) => ({
    name: tree.names[name] ?? '',
    left: { self: left.self[name]!, total: left.total[name]! },
    right: right === undefined ? undefined : { self: right.self[name]!, total: right.total[name]! },
  }));
}

function sumPerName(tree: CallTree, values: TreeValues): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(tree.names.length);
  const total = new Float64Array(tree.names.length);
  for (let node = 1; node < tree.name.length; node++) {
    const name = tree.name[node]!;
    self[name]! += values.self[node]!;
    if (!isRecursion(tree, node)) total[name]! += values.total[node]!;
  }
  return { self, total };
}

/** What a row has under a heading; numbers grow with the cost. */
export function sortRows(rows: readonly FunctionRow[], sort: Sort, tree: CallTree): readonly FunctionRow[] {
  const direction = sort.isDescending ? -1 : 1;
  const valueOf = numberOf(sort, tree);
  return rows.toSorted((a, b) => {
    if (sort.key === 'name') return direction * compareNames(a, b);
    return direction * (valueOf(a) - valueOf(b)) || compareNames(a, b);
  });
}

function compareNames(a: FunctionRow, b: FunctionRow): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function numberOf({ key }: Sort, tree: CallTree): (row: FunctionRow) => number {
  switch (key) {
    case 'right':
      return (row) => row.right?.total ?? 0;
    case 'change':
      return (row) => {
        const { left, right } = sharesOf(row, tree);
        return right - left;
      };
    case 'self':
      return (row) => row.left.self + (row.right?.self ?? 0);
    case 'total':
    case 'left':
    case 'name':
      return (row) => row.left.total;
  }
}

/** Shares of all samples of each side, 0 to 1. */
export function sharesOf(row: FunctionRow, tree: CallTree): { left: number; right: number } {
  const whole = { left: tree.left.total[0]!, right: tree.right?.total[0] ?? 0 };
  return {
    left: whole.left === 0 ? 0 : row.left.total / whole.left,
    right: whole.right === 0 ? 0 : (row.right?.total ?? 0) / whole.right,
  };
}

export function describeChange(row: FunctionRow, tree: CallTree): string {
  const { left, right } = sharesOf(row, tree);
  return formatChange(left, right);
}
