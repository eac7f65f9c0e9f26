// One sample type of a pprof as a profile of the model, for the encoders that know nothing else: folded, speedscope, SVG.
import type { Label, Labels } from '../../model/labels.ts';
import { labelsKey, makeLabels } from '../../model/labels.ts';
import type { Profile } from '../../model/profile.ts';
import { MAX_STACK_DEPTH, StackTables } from '../../model/stack-tables.ts';
import { cleanText } from '../../model/text.ts';
import type { TreeSource } from './name-tree.ts';
import type { Pprof, SampleLabel } from './pprof.ts';
import { StackSet } from './stack-set.ts';
import { over } from './wire.ts';

/** Frames of all samples together: a location may stand for many, so bytes don't bound them. */
export const MAX_PROFILE_FRAMES = 134_217_728;
const STACK_BOUNDS = { rows: 2_097_152, cells: 33_554_432 };
/** What a sample stands for where values are counts and no times. */
const COUNT_PERIOD_NANOS = 10_000_000;

const unitNanos: ReadonlyMap<string, number> = new Map([
  ['nanoseconds', 1],
  ['microseconds', 1e3],
  ['milliseconds', 1e6],
  ['seconds', 1e9],
]);

/** Nanoseconds of a unit of time; undefined for what is none. */
export function nanosOf(unit: string): number | undefined {
  return unitNanos.get(unit);
}

/**
 * Values become counts of the period where all are multiples of it, else of their unit. Those that are not positive are left
 * out, and so are number labels. Throws PprofTooLarge.
 */
export function toProfile({ pprof, column }: TreeSource): Profile {
  const { header, samples } = pprof;
  const types = header.sampleTypes.length;
  const { type, unit } = header.sampleTypes[column]!;
  const nanos = nanosOf(unit);
  const period = nanos === undefined ? 1 : findPeriod(pprof, column);
  const rows = new RowTable(pprof);
  for (let sample = 0; sample < samples.count; sample++) {
    const value = samples.values[sample * types + column]!;
    if (value > 0) rows.add(sample, Number(value) / period);
  }
  return {
    type: type === 'cpu' ? 'cpu' : 'wall',
    periodNanos: nanos === undefined ? COUNT_PERIOD_NANOS : period * nanos,
    timeNanos: header.timeNanos,
    durationNanos: header.durationNanos,
    ...rows.finish(),
  };
}

function findPeriod({ header, samples }: Pprof, column: number): number {
  const types = header.sampleTypes.length;
  const period = Number(header.period);
  const isOfUnit = header.periodType?.unit === header.sampleTypes[column]!.unit;
  if (!isOfUnit || !Number.isSafeInteger(period) || period < 1) return 1;
  for (let at = column; at < samples.values.length; at += types) {
    const value = samples.values[at]!;
    const rest = typeof value === 'bigint' ? Number(value % BigInt(period)) : value % period;
    if (value > 0 && rest !== 0) return 1;
  }
  return period;
}

class RowTable {
  private readonly pprof: Pprof;
  private readonly tables = new StackTables();
  private readonly labelSets: Labels[] = [];
  private readonly rows = { stacks: [] as number[], labelSets: [] as number[], counts: [] as number[] };
  private readonly frameIds = new Map<string, number>();
  /** Of each location; undefined until one of its samples is met. */
  private readonly framesOf: (Uint32Array | undefined)[];
  private readonly stacks = new StackSet(STACK_BOUNDS);
  private readonly frames = new Uint32Array(MAX_STACK_DEPTH);
  private readonly setIds = new Map<string, number>();
  private readonly setOf = new Map<readonly SampleLabel[], number>();
  private readonly rowIds = new Map<number, number>();
  private frameCount = 0;

  constructor(pprof: Pprof) {
    this.pprof = pprof;
    this.framesOf = new Array<undefined>(pprof.locations.length).fill(undefined);
  }

  add(sample: number, count: number): void {
    const stack = this.stackOf(sample);
    const set = this.labelSetOf(this.pprof.samples.labels.get(sample) ?? NO_LABELS);
    const key = set * STACK_BOUNDS.rows + stack;
    const known = this.rowIds.get(key);
    if (known !== undefined) {
      this.rows.counts[known]! += count;
      return;
    }
    this.rowIds.set(key, this.rows.counts.push(count) - 1);
    this.rows.stacks.push(stack);
    this.rows.labelSets.push(set);
  }

  finish(): Pick<Profile, 'tables' | 'labelSets' | 'rows'> {
    const { tables, labelSets, rows } = this;
    return { tables, labelSets, rows: { length: rows.counts.length, ...rows } };
  }

  private stackOf(sample: number): number {
    const { starts, locations } = this.pprof.samples;
    let depth = 0;
    for (let i = starts[sample]!; i < starts[sample + 1]!; i++) {
      const frames = (this.framesOf[locations[i]!] ??= this.readLocation(locations[i]!));
      if (depth + frames.length > MAX_STACK_DEPTH) throw over(MAX_STACK_DEPTH, 'frames in a stack');
      if (frames.length === 1) this.frames[depth] = frames[0]!;
      else this.frames.set(frames, depth);
      depth += frames.length;
    }
    this.frameCount += depth;
    if (this.frameCount > MAX_PROFILE_FRAMES) throw over(MAX_PROFILE_FRAMES, 'frames in its stacks');
    const stack = this.stacks.idOf(this.frames, 0, depth);
    if (stack === this.tables.stackCount) this.tables.addStack(this.frames, depth);
    return stack;
  }

  /** A location has several lines where functions were inlined; the first is the innermost. */
  private readLocation(location: number): Uint32Array {
    const { lines, address } = this.pprof.locations[location]!;
    if (lines.length === 0) return Uint32Array.of(this.frameOf(`0x${address.toString(16)}`, '', 0));
    return Uint32Array.from(lines, ({ fn, line }) => {
      const { name, filename } = this.pprof.functions[fn]!;
      return this.frameOf(cleanText(name), cleanText(filename), line);
    });
  }

  private frameOf(name: string, file: string, line: number): number {
    const key = `${name}\u0000${file}\u0000${line}`;
    let frame = this.frameIds.get(key);
    if (frame === undefined) {
      frame = this.tables.addFrame(name, file, line);
      this.frameIds.set(key, frame);
    }
    return frame;
  }

  private labelSetOf(labels: readonly SampleLabel[]): number {
    const known = this.setOf.get(labels);
    if (known !== undefined) return known;
    const texts = labels.flatMap((label): Label[] => ('text' in label ? [[label.key, label.text]] : []));
    const set = makeLabels(texts);
    const key = labelsKey(set);
    const id = this.setIds.get(key) ?? this.labelSets.push(set) - 1;
    this.setIds.set(key, id);
    this.setOf.set(labels, id);
    return id;
  }
}

const NO_LABELS: readonly SampleLabel[] = [];
