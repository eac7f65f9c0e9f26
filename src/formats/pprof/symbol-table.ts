// The symbols of many profiles, each once: what google/pprof takes for equal when it merges. Ids are dense and never change.
import type { Pprof, PprofFunction, PprofLocation, PprofMapping, SampleLabel } from './pprof.ts';
import type { StackBounds } from './stack-set.ts';
import { grown, StackSet } from './stack-set.ts';
import { textKey } from './text-key.ts';
import { over } from './wire.ts';

/** Mappings are compared by their size in pages: the loader rounds it. */
const PAGE_BYTES = 4_096n;

export interface TableBounds {
  /** Mappings, functions, locations, label sets: of each so many. */
  readonly symbols: number;
  /** Pairs of stack and label set. */
  readonly keys: number;
  readonly stacks: StackBounds;
}

export const TABLE_BOUNDS: TableBounds = {
  symbols: 2_097_152,
  keys: 8_388_608,
  // 4 bytes for each cell, 16 for each row.
  stacks: { rows: 8_388_608, cells: 67_108_864 },
};

export type LabelsOf = (sample: number) => readonly SampleLabel[];

const NO_LABELS: readonly SampleLabel[] = [];

export class SymbolTable {
  readonly mappings: PprofMapping[] = [];
  readonly functions: PprofFunction[] = [];
  /** Indices in them are of this table; addresses are as in the first profile that had the mapping. */
  readonly locations: PprofLocation[] = [];
  readonly stacks: StackSet;
  /** Label sets of samples, sorted by key; the first is the empty one. */
  readonly labelSets: (readonly SampleLabel[])[] = [NO_LABELS];
  /** What a sample is: sample key i stands for stack stackOf[i] with label set labelsOf[i]. */
  stackOf = new Uint32Array(256);
  labelsOf = new Uint32Array(256);
  keyCount = 0;
  /** The mapping that comes first in every profile that is made of this table (the main binary), needed or not; -1: none. */
  mainMapping = -1;
  private readonly mappingIds = new Map<string, number>();
  private readonly functionIds = new Map<string, number>();
  private readonly locationIds = new Map<string, number>();
  private readonly labelSetIds = new Map<string, number>([['', 0]]);
  private readonly keyIds = new Map<number, number>();
  private readonly bounds: TableBounds;

  constructor(bounds: TableBounds = TABLE_BOUNDS) {
    this.bounds = bounds;
    this.stacks = new StackSet(bounds.stacks);
  }

  /** The sample key of each sample. `labelsOf` says which labels count; without it all of them. Throws PprofTooLarge. */
  intern(
    pprof: Pprof,
    labelsOf: LabelsOf = (sample) => pprof.samples.labels.get(sample) ?? NO_LABELS,
  ): Uint32Array {
    const locations = this.internLocations(pprof);
    const { count, starts, locations: cells } = pprof.samples;
    const own = new Uint32Array(cells.length);
    for (let i = 0; i < cells.length; i++) own[i] = locations[cells[i]!]!;
    const keys = new Uint32Array(count);
    // Samples with equal labels mostly share them.
    const setOf = new Map<readonly SampleLabel[], number>([[NO_LABELS, 0]]);
    for (let sample = 0; sample < count; sample++) {
      const stack = this.stacks.idOf(own, starts[sample]!, starts[sample + 1]!);
      const labels = labelsOf(sample);
      let set = setOf.get(labels);
      if (set === undefined) {
        set = this.labelSetOf(labels);
        setOf.set(labels, set);
      }
      keys[sample] = this.keyOf(stack, set);
    }
    return keys;
  }

  keyOf(stack: number, labelSet: number): number {
    const pair = labelSet * 2 ** 32 + stack;
    const known = this.keyIds.get(pair);
    if (known !== undefined) return known;
    if (this.keyCount >= this.bounds.keys) throw over(this.bounds.keys, 'different samples');
    const key = this.keyCount++;
    if (key >= this.stackOf.length) {
      this.stackOf = grown(this.stackOf, key + 1);
      this.labelsOf = grown(this.labelsOf, key + 1);
    }
    this.stackOf[key] = stack;
    this.labelsOf[key] = labelSet;
    this.keyIds.set(pair, key);
    return key;
  }

  labelSetOf(labels: readonly SampleLabel[]): number {
    if (labels.length === 0) return 0;
    const sorted = [...labels].sort(compareLabels);
    return this.idIn(this.labelSetIds, sorted.map(labelKey).join(''), this.labelSets, () => sorted);
  }

  /** The next symbol of a table that is made again, symbol by symbol, as it was: its id is what it was. */
  addMapping(mapping: PprofMapping): number {
    return this.idIn(this.mappingIds, mappingKey(mapping), this.mappings, () => mapping);
  }

  addFunction(fn: PprofFunction): number {
    return this.idIn(this.functionIds, functionKey(fn), this.functions, () => fn);
  }

  addLocation(location: PprofLocation): number {
    const base = location.mapping < 0 ? 0n : this.mappings[location.mapping]!.start;
    return this.idIn(this.locationIds, locationKey(location, base), this.locations, () => location);
  }

  private internLocations(pprof: Pprof): Uint32Array {
    const mappings = pprof.mappings.map((mapping) =>
      this.idIn(this.mappingIds, mappingKey(mapping), this.mappings, () => mapping),
    );
    const functions = pprof.functions.map((fn) =>
      this.idIn(this.functionIds, functionKey(fn), this.functions, () => fn),
    );
    return Uint32Array.from(pprof.locations, ({ mapping: old, address, lines, isFolded }) => {
      const mapping = old < 0 ? -1 : mappings[old]!;
      const shift = old < 0 ? 0n : this.mappings[mapping]!.start - pprof.mappings[old]!.start;
      const location: PprofLocation = {
        mapping,
        address: BigInt.asUintN(64, address + shift),
        lines: lines.map((line) => ({ ...line, fn: functions[line.fn]! })),
        isFolded,
      };
      const base = mapping < 0 ? 0n : this.mappings[mapping]!.start;
      return this.idIn(this.locationIds, locationKey(location, base), this.locations, () => location);
    });
  }

  private idIn<Item>(ids: Map<string, number>, text: string, items: Item[], make: () => Item): number {
    const key = textKey(text);
    let id = ids.get(key);
    if (id === undefined) {
      if (items.length >= this.bounds.symbols) throw over(this.bounds.symbols, 'different symbols');
      id = items.push(make()) - 1;
      ids.set(key, id);
    }
    return id;
  }
}

/** Where neither build id nor file is known (what profilers make up for code without a mapping), the size decides alone. */
function mappingKey({ start, limit, offset, buildId, filename }: PprofMapping): string {
  const pages = (BigInt.asUintN(64, limit - start) + PAGE_BYTES - 1n) / PAGE_BYTES;
  return `${pages},${offset},${buildId === '' ? filename : buildId}`;
}

/** `base` is where its mapping starts. */
function locationKey({ mapping, address, lines, isFolded }: PprofLocation, base: bigint): string {
  let key = `${mapping},${BigInt.asUintN(64, address - base)},${isFolded ? 1 : 0}`;
  for (const { fn, line, column } of lines) key += `;${fn},${line},${column}`;
  return key;
}

function functionKey({ name, systemName, filename, startLine }: PprofFunction): string {
  return `${startLine},${name.length},${systemName.length},${name}${systemName}${filename}`;
}

/** By key; texts before numbers, and what has one key stays in its order. */
function compareLabels(a: SampleLabel, b: SampleLabel): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return ('text' in a ? 0 : 1) - ('text' in b ? 0 : 1);
}

/** Length-prefixed: no value can imitate another set. */
function labelKey(label: SampleLabel): string {
  const value =
    'text' in label
      ? `t${label.text.length}:${label.text}`
      : `n${label.number}:${label.unit.length}:${label.unit}`;
  return `${label.key.length}:${label.key}${value}`;
}
