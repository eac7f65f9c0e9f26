// Flame graphs as rows of numbers: one tree by function names for one profile or for two to compare. Rows go from the root up; a box
// is its distance from the box before it, its total and its own part, for each profile, and the number of its name.
import type { Pprof } from '../../../formats/pprof/pprof.ts';

export interface FlameGraph {
  readonly names: readonly string[];
  readonly levels: readonly { readonly values: readonly number[] }[];
  readonly total: number;
  /** The greatest part of any one box that is its own. */
  readonly maxSelf: number;
}

export interface FlameDiff extends FlameGraph {
  readonly leftTicks: number;
  readonly rightTicks: number;
}

const ROOT = 'total';
/** What becomes of boxes that are too small to be shown. */
const OTHER = 'other';
const MAX_NAME_ID = 2 ** 26;

export function makeFlameGraph(pprof: Pprof | undefined, maxNodes: number): FlameGraph {
  return new FlameTree([pprof]).layOut(maxNodes);
}

export function makeFlameDiff(
  left: Pprof | undefined,
  right: Pprof | undefined,
  maxNodes: number,
): FlameDiff {
  const tree = new FlameTree([left, right]);
  const [leftTicks, rightTicks] = tree.totalsOf(0) as [number, number];
  return { ...tree.layOut(maxNodes), leftTicks, rightTicks };
}

class FlameTree {
  private readonly sides: number;
  private readonly names: string[] = [ROOT];
  private readonly nameIds = new Map<string, number>([[ROOT, 0]]);
  private readonly nameOf: number[] = [0];
  private readonly children: number[][] = [[]];
  private readonly byName = new Map<number, number>();
  /** Node by node, side by side. */
  private readonly totals: number[];
  private readonly selfs: number[];

  constructor(profiles: readonly (Pprof | undefined)[]) {
    this.sides = profiles.length;
    this.totals = profiles.map(() => 0);
    this.selfs = profiles.map(() => 0);
    profiles.forEach((pprof, side) => {
      if (pprof !== undefined) this.add(pprof, side);
    });
  }

  totalsOf(node: number): number[] {
    return this.totals.slice(node * this.sides, (node + 1) * this.sides);
  }

  /** Of the first sample type. */
  private add({ header, samples, locations, functions }: Pprof, side: number): void {
    const frames = locations.map(({ lines, address }) =>
      lines.length === 0
        ? [this.nameId(`0x${address.toString(16)}`)]
        : lines.map(({ fn }) => this.nameId(functions[fn]!.name)).reverse(),
    );
    for (let sample = 0; sample < samples.count; sample++) {
      const value = Number(samples.values[sample * header.sampleTypes.length]);
      let node = 0;
      this.totals[side]! += value;
      for (let i = samples.starts[sample + 1]! - 1; i >= samples.starts[sample]!; i--)
        for (const name of frames[samples.locations[i]!]!) {
          node = this.childOf(node, name);
          this.totals[node * this.sides + side]! += value;
        }
      this.selfs[node * this.sides + side]! += value;
    }
  }

  private nameId(name: string): number {
    let id = this.nameIds.get(name);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.nameIds.set(name, id);
    }
    return id;
  }

  private childOf(node: number, name: number): number {
    const key = node * MAX_NAME_ID + name;
    const known = this.byName.get(key);
    if (known !== undefined) return known;
    const child = this.nameOf.push(name) - 1;
    this.byName.set(key, child);
    this.children.push([]);
    this.children[node]!.push(child);
    for (let side = 0; side < this.sides; side++) {
      this.totals.push(0);
      this.selfs.push(0);
    }
    return child;
  }

  layOut(maxNodes: number): FlameGraph {
    this.prune(maxNodes);
    const names: string[] = [];
    const shownIds = new Map<number, number>();
    // Each row from the right to the left: a stack gives the last child first.
    const rows: { readonly node: number; readonly at: readonly number[]; readonly name: number }[][] = [];
    const open: { node: number; at: readonly number[]; depth: number }[] = [
      { node: 0, at: this.totalsOf(0).map(() => 0), depth: 0 },
    ];
    for (let box = open.pop(); box !== undefined; box = open.pop()) {
      const { node, depth } = box;
      const id = this.nameOf[node]!;
      const name = shownIds.get(id) ?? names.push(this.names[id]!) - 1;
      shownIds.set(id, name);
      (rows[depth] ??= []).push({ node, at: box.at, name });
      let at: readonly number[] = box.at.map((x, side) => x + this.selfs[node * this.sides + side]!);
      for (const child of this.children[node]!) {
        open.push({ node: child, at, depth: depth + 1 });
        at = this.totalsOf(child).map((total, side) => at[side]! + total);
      }
    }
    const levels = rows.map((row) => this.encodeRow(row.reverse()));
    const total = this.totalsOf(0).reduce((sum, value) => sum + value, 0);
    let maxSelf = 0;
    for (const { node } of rows.flat())
      for (let side = 0; side < this.sides; side++)
        maxSelf = Math.max(maxSelf, this.selfs[node * this.sides + side]!);
    return { names, levels, total, maxSelf };
  }

  private encodeRow(
    row: readonly { readonly node: number; readonly at: readonly number[]; readonly name: number }[],
  ): { values: number[] } {
    const values: number[] = [];
    const ends = this.totalsOf(0).map(() => 0);
    for (const { node, at, name } of row) {
      for (let side = 0; side < this.sides; side++) {
        const total = this.totals[node * this.sides + side]!;
        values.push(at[side]! - ends[side]!, total, this.selfs[node * this.sides + side]!);
        ends[side] = at[side]! + total;
      }
      values.push(name);
    }
    return { values };
  }

  /** Leaves the widest boxes; siblings that are narrower become one, named other. Children are then in the order of their names. */
  private prune(maxNodes: number): void {
    const widths = Float64Array.from(this.nameOf, (_, node) => Math.max(...this.totalsOf(node)));
    const bar = widths.length > maxNodes ? widths.slice().sort()[widths.length - maxNodes]! : -Infinity;
    const open = [0];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const narrow = this.children[node]!.filter((child) => widths[child]! < bar);
      const wide = this.children[node]!.filter((child) => widths[child]! >= bar);
      open.push(...wide);
      if (narrow.length > 0) wide.push(this.joinNarrow(narrow));
      const nameOf = (child: number): string => this.names[this.nameOf[child]!]!;
      this.children[node] = wide.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    }
  }

  private joinNarrow(nodes: readonly number[]): number {
    const other = this.nameOf.push(this.nameId(OTHER)) - 1;
    this.children.push([]);
    for (let side = 0; side < this.sides; side++) {
      const total = nodes.reduce((sum, node) => sum + this.totals[node * this.sides + side]!, 0);
      this.totals.push(total);
      this.selfs.push(total);
    }
    return other;
  }
}
