// A pprof out of stacks with counts, which is what all older formats of uploads say.
import { cleanText } from '../../model/text.ts';
import type { Pprof, PprofFunction, PprofLocation, PprofMapping, PprofValues, ValueType } from './pprof.ts';
import { StackSet } from './stack-set.ts';
import { textKey } from './text-key.ts';
import { ValueSums } from './value-sums.ts';
import { over, PprofError } from './wire.ts';

/** What the counts of an upload stand for. */
export interface CountMeaning {
  readonly sampleType: ValueType;
  /** Undefined where nothing is sampled at intervals. */
  readonly periodType: ValueType | undefined;
  /** What every count is multiplied with: floor(1e9 / rate) for samples of time, else 1. */
  readonly period: number;
  /** UNIX time in ns. */
  readonly timeNanos: bigint;
}

export interface BuildBounds {
  readonly frames: number;
  /** Frames of all stacks that are added, equal ones, too. */
  readonly calls: number;
  readonly stacks: { readonly rows: number; readonly cells: number };
}

/** No more than what `decodePprofTable` takes. */
export const BUILD_BOUNDS: BuildBounds = {
  frames: 524_288,
  calls: 134_217_728,
  stacks: { rows: 2_097_152, cells: 33_554_432 },
};
/** UTF-16 units of a name or file, as with Pyroscope; the rest is cut off. */
const MAX_TEXT_LENGTH = 65_535;

/** Pyroscope attaches sources to mappings: a profile needs one. */
const MAPPING: PprofMapping = {
  ...{ start: 0n, limit: 0n, offset: 0n, filename: '', buildId: '' },
  ...{ hasFunctions: true, hasFilenames: false, hasLineNumbers: false, hasInlineFrames: false },
};

export class PprofBuilder {
  private readonly bounds: BuildBounds;
  private readonly functions: PprofFunction[] = [];
  private readonly locations: PprofLocation[] = [];
  private readonly functionIds = new Map<string, number>();
  private readonly frameIds = new Map<string, number>();
  private readonly stacks: StackSet;
  private readonly sums = new ValueSums(1);
  private readonly count = new Float64Array(1);
  private calls = 0;

  constructor(bounds: BuildBounds = BUILD_BOUNDS) {
    this.bounds = bounds;
    this.stacks = new StackSet(bounds.stacks);
  }

  /** The number of a frame. Throws PprofTooLarge. */
  frameOf(name: string, file = '', line = 0): number {
    const key = textKey(`${line},${name.length},${name}${file}`);
    const known = this.frameIds.get(key);
    if (known !== undefined) return known;
    if (this.frameIds.size >= this.bounds.frames) throw over(this.bounds.frames, 'frames');
    const lines = [{ fn: this.functionOf(name, file), line, column: 0 }];
    const frame = this.locations.push({ mapping: 0, address: 0n, lines, isFolded: false }) - 1;
    this.frameIds.set(key, frame);
    return frame;
  }

  /** Counts a stack: the first `depth` frames, leaf first; none of it where `count` is 0. Throws PprofTooLarge. */
  add(frames: Uint32Array, depth: number, count: number): void {
    if (count === 0) return;
    this.calls += depth;
    if (this.calls > this.bounds.calls) throw over(this.bounds.calls, 'frames in its stacks');
    const row = this.stacks.idOf(frames, 0, depth);
    this.sums.reserve(row + 1);
    this.count[0] = count;
    this.sums.add(row, this.count, 0);
  }

  /** Throws PprofError where a sum is over 64 bits. */
  finish(meaning: CountMeaning): Pprof {
    const { sampleType, periodType, period, timeNanos } = meaning;
    const { count, starts, cells } = this.stacks;
    const sums = this.sums.pick(Array.from({ length: count }, (_, row) => row));
    return {
      header: {
        ...{ sampleTypes: [sampleType], periodType, period: periodType === undefined ? 0n : BigInt(period) },
        ...{ timeNanos, durationNanos: 0n, dropFrames: '', keepFrames: '' },
        ...{ comments: [], defaultSampleType: '', docUrl: '' },
      },
      mappings: [MAPPING],
      functions: this.functions,
      locations: this.locations,
      samples: {
        count,
        starts: starts.slice(0, count + 1),
        locations: cells.slice(0, starts[count]),
        values: multiply(sums, period),
        labels: new Map(),
      },
    };
  }

  private functionOf(name: string, file: string): number {
    const key = textKey(`${name.length},${name}${file}`);
    let id = this.functionIds.get(key);
    if (id === undefined) {
      const clean = cleanText(name, MAX_TEXT_LENGTH);
      const filename = cleanText(file, MAX_TEXT_LENGTH);
      id = this.functions.push({ name: clean, systemName: clean, filename, startLine: 0 }) - 1;
      this.functionIds.set(key, id);
    }
    return id;
  }
}

function multiply(values: PprofValues, factor: number): PprofValues {
  if (factor === 1) return values;
  if (values instanceof Float64Array) {
    const products = values.map((value) => value * factor);
    if (products.every(Number.isSafeInteger)) return products;
  }
  return BigInt64Array.from(values as ArrayLike<number | bigint>, (value) => {
    const product = BigInt(value) * BigInt(factor);
    if (BigInt.asIntN(64, product) !== product)
      throw new PprofError('a count is too large: its time is over 64 bits');
    return product;
  });
}
