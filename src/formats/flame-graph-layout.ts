// Where each box of a flame graph lies: stacks in the order of their names, root first, so that equal beginnings are neighbours
// and one walk along them opens and closes every box. No tree is built and nothing recurses, however deep a stack is.
import type { Profile } from '../model/profile.ts';

export interface FlameLimits {
  /** Boxes narrower than this part of the whole are left out. */
  readonly minShare: number;
  /** Of more boxes than this the narrowest are left out, of equal ones the deepest. */
  readonly maxBoxes: number;
  /** Rows above the root; deeper frames are left out. */
  readonly maxDepth: number;
}

export interface FlameBox {
  readonly name: string;
  /** '' where unknown. */
  readonly file: string;
  /** Lines that were seen in it, 0 where unknown. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** 0 is the root, which stands for all samples. */
  readonly depth: number;
  /** Samples to the left of it. */
  readonly start: number;
  readonly count: number;
  /** Samples that end in it. */
  readonly self: number;
}

export interface FlameLayout {
  /** Parents before children, siblings from left to right. */
  readonly boxes: readonly FlameBox[];
  readonly total: number;
  /** Depth of the deepest box that is drawn. */
  readonly depth: number;
  /** Samples with frames that are left out. */
  readonly prunedSamples: number;
}

type OpenBox = { -readonly [Key in keyof FlameBox]: FlameBox[Key] } & { readonly rank: number };

/** Equal profiles give equal layouts, whatever the order of their rows, stacks and frames. */
export function layOutFlames(profile: Profile, limits: FlameLimits): FlameLayout {
  const counts = countStacks(profile);
  const ranks = rankFrames(profile);
  const stacks = sortStacks(profile, counts, { ranks, maxDepth: limits.maxDepth });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const kept = new KeptBoxes(limits.maxBoxes, total * limits.minShare);
  const path: OpenBox[] = [openBox({ name: 'all', file: '', line: 0, rank: -1 }, 0, 0)];
  let at = 0;
  for (const stack of stacks) {
    const count = counts[stack]!;
    walkTo(path, at, { profile, ranks, frames: profile.tables.framesOf(stack), limits, kept });
    for (const box of path) box.count += count;
    if (path.length > profile.tables.depthOf(stack)) path.at(-1)!.self += count;
    at += count;
  }
  while (path.length > 1) kept.add(path.pop()!);
  const [root] = path as [OpenBox];
  const boxes = [root, ...kept.finish()].sort((a, b) => a.depth - b.depth || a.start - b.start);
  const drawnSelf = boxes.reduce((sum, box) => sum + box.self, 0);
  return { boxes, total, depth: boxes.at(-1)!.depth, prunedSamples: total - drawnSelf };
}

interface Step {
  readonly profile: Profile;
  readonly ranks: Uint32Array;
  /** Leaf first. */
  readonly frames: Uint32Array;
  readonly limits: FlameLimits;
  readonly kept: KeptBoxes;
}

/** Closes the boxes that the next stack doesn't share and opens its own. */
function walkTo(path: OpenBox[], at: number, { profile, ranks, frames, limits, kept }: Step): void {
  const { names, files, lines } = profile.tables;
  const depth = Math.min(frames.length, limits.maxDepth);
  let shared = 1;
  while (shared < path.length && shared <= depth) {
    const frame = frames[frames.length - shared]!;
    const box = path[shared]!;
    if (ranks[frame] !== box.rank) break;
    widenLines(box, lines[frame]!);
    shared += 1;
  }
  while (path.length > shared) kept.add(path.pop()!);
  for (let i = shared; i <= depth; i++) {
    const frame = frames[frames.length - i]!;
    const named = { name: names[frame]!, file: files[frame]!, line: lines[frame]!, rank: ranks[frame]! };
    path.push(openBox(named, i, at));
  }
}

function openBox(
  { name, file, line, rank }: { name: string; file: string; line: number; rank: number },
  depth: number,
  start: number,
): OpenBox {
  return { name, file, rank, firstLine: line, lastLine: line, depth, start, count: 0, self: 0 };
}

function widenLines(box: OpenBox, line: number): void {
  if (line === 0) return;
  if (box.firstLine === 0 || line < box.firstLine) box.firstLine = line;
  if (line > box.lastLine) box.lastLine = line;
}

/** Samples per stack, label sets added up. */
function countStacks({ tables, rows }: Profile): Float64Array {
  const counts = new Float64Array(tables.stackCount);
  for (let row = 0; row < rows.length; row++) counts[rows.stacks[row]!]! += rows.counts[row]!;
  return counts;
}

/** Place of each frame in the order of names, then files; frames that differ in their line alone share one. */
function rankFrames({ tables: { names, files } }: Profile): Uint32Array {
  const order = Uint32Array.from(names, (_, frame) => frame).sort(
    (a, b) => compareText(names[a]!, names[b]!) || compareText(files[a]!, files[b]!),
  );
  const ranks = new Uint32Array(names.length);
  let rank = 0;
  order.forEach((frame, i) => {
    const before = order[i - 1];
    if (before !== undefined && (names[before] !== names[frame] || files[before] !== files[frame])) rank += 1;
    ranks[frame] = rank;
  });
  return ranks;
}

/** By code units: the same everywhere, whatever the locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortStacks(
  { tables: { cells, starts } }: Profile,
  counts: Float64Array,
  { ranks, maxDepth }: { ranks: Uint32Array; maxDepth: number },
): Uint32Array {
  const seen = Uint32Array.from(counts.keys()).filter((stack) => counts[stack]! > 0);
  return seen.sort((a, b) => {
    const [endA, endB] = [starts[a + 1]!, starts[b + 1]!];
    const [depthA, depthB] = [endA - starts[a]!, endB - starts[b]!];
    const shorter = Math.min(depthA, depthB, maxDepth);
    for (let i = 1; i <= shorter; i++) {
      const order = ranks[cells[endA - i]!]! - ranks[cells[endB - i]!]!;
      if (order !== 0) return order;
    }
    // What differs only above the last row differs in nothing that is drawn.
    return Math.min(depthA, maxDepth + 1) - Math.min(depthB, maxDepth + 1);
  });
}

/** The widest boxes. A parent is as wide as its child at least and less deep, so a kept box never lacks its parent. */
class KeptBoxes {
  private readonly maxBoxes: number;
  private readonly minCount: number;
  private boxes: OpenBox[] = [];
  /** The widest box that had to make room: nothing that is not before it is taken. */
  private bar: OpenBox | undefined;

  constructor(maxBoxes: number, minCount: number) {
    this.maxBoxes = maxBoxes;
    this.minCount = minCount;
  }

  add(box: OpenBox): void {
    if (box.count < this.minCount || (this.bar !== undefined && compareWidth(box, this.bar) >= 0)) return;
    this.boxes.push(box);
    if (this.boxes.length >= this.maxBoxes * 2) this.shrink();
  }

  finish(): readonly OpenBox[] {
    if (this.boxes.length > this.maxBoxes) this.shrink();
    return this.boxes;
  }

  /** Boxes of equal width and depth stay or go together: nothing depends on the order in which they came. */
  private shrink(): void {
    this.boxes.sort(compareWidth);
    const bar = this.boxes[this.maxBoxes]!;
    this.bar = bar;
    this.boxes = this.boxes.filter((box) => compareWidth(box, bar) < 0);
  }
}

function compareWidth(a: OpenBox, b: OpenBox): number {
  return b.count - a.count || a.depth - b.depth;
}
