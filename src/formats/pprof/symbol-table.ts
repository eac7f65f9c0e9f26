// The symbols of many profiles, each once: what google/pprof takes for equal when it merges. Ids are dense and never change.
import type { Pprof, PprofFunction, PprofLine, PprofLocation, PprofMapping, SampleLabel } from './pprof.ts';
import type { StackBounds } from './stack-set.ts';
import { grown, StackSet } from './stack-set.ts';
import { MAX_KEY_LENGTH, textKey } from './text-key.ts';
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

type Ids = Map<string | number, number>;

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
  private readonly mappingIds: Ids = new Map();
  private readonly functionIds: Ids = new Map();
  /** The first function of each name: mostly the only one, and found without making a key. */
  private readonly functionsByName = new Map<string, number>();
  private readonly locationIds: Ids = new Map();
  /** Locations of one line and no address, as interpreters have them, by a number that says all of it. */
  private readonly plainLocationIds: Ids = new Map();
  private readonly labelSetIds: Ids = new Map([['', 0]]);
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
    const first = this.functionsByName.get(fn.name);
    if (first !== undefined && isSameFunction(this.functions[first]!, fn)) return first;
    const id = this.idIn(this.functionIds, functionKey(fn), this.functions, () => fn);
    // Long texts are bad keys: see textKey.
    if (first === undefined && fn.name.length <= MAX_KEY_LENGTH) this.functionsByName.set(fn.name, id);
    return id;
  }

  /** Indices in it are of this table. */
  addLocation(location: PprofLocation): number {
    const { mapping, address, isFolded, lines } = location;
    const offset = mapping < 0 ? address : BigInt.asUintN(64, address - this.mappings[mapping]!.start);
    const isPlain = !isFolded && offset === 0n && lines.length === 1;
    const plain = isPlain ? plainKey(mapping, lines[0]!.fn, lines[0]!) : undefined;
    if (plain !== undefined) return this.idIn(this.plainLocationIds, plain, this.locations, () => location);
    return this.idIn(this.locationIds, locationKey(location, offset), this.locations, () => location);
  }

  private internLocations(pprof: Pprof): Uint32Array {
    const mappings = pprof.mappings.map((mapping) => this.addMapping(mapping));
    const functions = pprof.functions.map((fn) => this.addFunction(fn));
    return Uint32Array.from(pprof.locations, (location) => {
      const { mapping, address, lines } = location;
      const base = mapping < 0 ? 0n : pprof.mappings[mapping]!.start;
      const own = mapping < 0 ? -1 : mappings[mapping]!;
      // Nothing is made for what is known and plain: in an interpreter's profiles that is nearly all.
      const only = lines.length === 1 && address === base && !location.isFolded ? lines[0] : undefined;
      const plain = only && plainKey(own, functions[only.fn]!, only);
      const known = plain === undefined ? undefined : this.plainLocationIds.get(plain);
      if (known !== undefined) return known;
      const start = own < 0 ? 0n : this.mappings[own]!.start;
      return this.addLocation({
        mapping: own,
        // Where the loader put the mapping elsewhere, the place within it counts.
        address: base === start ? address : BigInt.asUintN(64, address - base + start),
        lines: lines.map(({ fn, line, column }) => ({ fn: functions[fn]!, line, column })),
        isFolded: location.isFolded,
      });
    });
  }

  private idIn<Item>(ids: Ids, name: string | number, items: Item[], make: () => Item): number {
    const key = typeof name === 'string' ? textKey(name) : name;
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

/** `offset` is its place in its mapping. */
function locationKey({ mapping, lines, isFolded }: PprofLocation, offset: bigint): string {
  let key = `${mapping},${offset},${isFolded ? 1 : 0}`;
  for (const { fn, line, column } of lines) key += `;${fn},${line},${column}`;
  return key;
}

function isSameFunction(a: PprofFunction, b: PprofFunction): boolean {
  return (
    a.name === b.name &&
    a.filename === b.filename &&
    a.systemName === b.systemName &&
    a.startLine === b.startLine
  );
}

/** Undefined for numbers that one double cannot hold together. */
function plainKey(mapping: number, fn: number, { line, column }: PprofLine): number | undefined {
  if (mapping > 14 || fn >= 2 ** 24 || line < 0 || line >= 2 ** 24 || column !== 0) return undefined;
  return ((mapping + 1) * 2 ** 24 + fn) * 2 ** 24 + line;
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
