// Adds profiles up: the windows of a recording become one profile with tables of its own.
import type { Labels } from './labels.ts';
import { labelsKey } from './labels.ts';
import type { Profile, ProfileRows, ProfileType } from './profile.ts';
import { StackTables } from './stack-tables.ts';

/** Rows at which a recording takes no new ones; what exists is counted on. */
const MAX_BUILDER_ROWS = 1_000_000;
/** Label sets likewise: with span labels there is one per request. */
const MAX_BUILDER_SETS = 1_048_576;

const FULL = -1;

interface BuilderLimits {
  readonly maxRows: number;
  /** At most MAX_BUILDER_SETS. */
  readonly maxSets: number;
}

export class ProfileBuilder {
  /** Samples that were left out because the builder was full. */
  overflowed = 0;
  private readonly limits: BuilderLimits;
  private readonly tables = new StackTables();
  private readonly labelSets: Labels[] = [];
  private readonly frameIds = new Map<string, number>();
  private readonly stackIds = new Map<string, number>();
  private readonly setIds = new Map<string, number>();
  private readonly rowIds = new Map<number, number>();
  private readonly columns: { stacks: number[]; labelSets: number[]; counts: number[] } = {
    stacks: [],
    labelSets: [],
    counts: [],
  };
  private type: ProfileType = 'wall';
  private periodNanos = 1;
  private startNanos: bigint | undefined;
  private endNanos = 0n;

  constructor(limits: BuilderLimits = { maxRows: MAX_BUILDER_ROWS, maxSets: MAX_BUILDER_SETS }) {
    this.limits = limits;
  }

  add(profile: Profile): void {
    this.type = profile.type;
    this.periodNanos = profile.periodNanos;
    this.startNanos ??= profile.timeNanos;
    this.endNanos = profile.timeNanos + profile.durationNanos;
    const stackOf = new Map<number, number>();
    const setOf = new Map<number, number>();
    const { rows } = profile;
    for (let row = 0; row < rows.length; row++) {
      const source = rows.stacks[row]!;
      let stack = stackOf.get(source);
      if (stack === undefined) {
        stack = this.stackId(profile.tables, source);
        stackOf.set(source, stack);
      }
      const sourceSet = rows.labelSets[row]!;
      let set = setOf.get(sourceSet);
      if (set === undefined) {
        set = this.setId(profile.labelSets[sourceSet]!);
        setOf.set(sourceSet, set);
      }
      if (set === FULL) this.overflowed += rows.counts[row]!;
      else this.count(stack, set, rows.counts[row]!);
    }
  }

  finish(): Profile {
    const { type, periodNanos, tables, labelSets, columns } = this;
    const timeNanos = this.startNanos ?? 0n;
    const rows: ProfileRows = { length: columns.counts.length, ...columns };
    return {
      type,
      periodNanos,
      timeNanos,
      durationNanos: this.endNanos - timeNanos,
      tables,
      labelSets,
      rows,
    };
  }

  private count(stack: number, set: number, count: number): void {
    const key = stack * MAX_BUILDER_SETS + set;
    const row = this.rowIds.get(key);
    if (row !== undefined) this.columns.counts[row]! += count;
    else if (this.columns.counts.length >= this.limits.maxRows) this.overflowed += count;
    else {
      this.rowIds.set(key, this.columns.counts.push(count) - 1);
      this.columns.stacks.push(stack);
      this.columns.labelSets.push(set);
    }
  }

  private stackId(tables: StackTables, stack: number): number {
    const frames = [...tables.framesOf(stack)].map((frame) =>
      this.frameId(tables.names[frame]!, tables.files[frame]!, tables.lines[frame]!),
    );
    const key = frames.join(',');
    let id = this.stackIds.get(key);
    if (id === undefined) {
      id = this.tables.addStack(frames, frames.length);
      this.stackIds.set(key, id);
    }
    return id;
  }

  private frameId(name: string, file: string, line: number): number {
    const key = `${name}\u0000${file}\u0000${line}`;
    let id = this.frameIds.get(key);
    if (id === undefined) {
      id = this.tables.addFrame(name, file, line);
      this.frameIds.set(key, id);
    }
    return id;
  }

  private setId(labels: Labels): number {
    const key = labelsKey(labels);
    const known = this.setIds.get(key);
    if (known !== undefined) return known;
    if (this.labelSets.length >= this.limits.maxSets) return FULL;
    const id = this.labelSets.push(labels) - 1;
    this.setIds.set(key, id);
    return id;
  }
}
