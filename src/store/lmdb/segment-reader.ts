// A segment as queries see it: symbols to make a profile of sums, series and headers by their number. A segment only grows,
// so what was read once stays true, and what is missing is read when it is asked for.
import type { PprofFunction, PprofLocation, PprofMapping, SampleLabel } from '../../formats/pprof/pprof.ts';
import type { Symbols } from '../../formats/pprof/select.ts';
import { grown } from '../../formats/pprof/stack-set.ts';
import type { Labels } from '../../model/labels.ts';
import { StoreError } from '../store.ts';
import type { Environment } from './environment.ts';
import type { KeptHeader } from './headers.ts';
import { decodeHeader } from './headers.ts';
import { dictionaryKey, HEADERS, SERIES, SYMBOLS } from './keys.ts';
import type { SymbolSink } from './symbol-chunk.ts';
import { replaySymbols } from './symbol-chunk.ts';

export interface KeptSeries {
  readonly profileLabels: Labels;
  /** Those that its samples had in common, where the upload split. */
  readonly sampleLabels: Labels;
}

/** Bytes of memory, roughly. */
const WEIGHT = { key: 8, cell: 4, location: 250, series: 400 } as const;

export class SegmentReader {
  readonly id: number;
  private readonly environment: Environment;
  private readonly kept = new SymbolRows();
  private readonly allSeries: (KeptSeries | undefined)[] = [];
  private readonly headers: (KeptHeader | undefined)[] = [];
  private chunks = 0;

  constructor(environment: Environment, id: number) {
    this.environment = environment;
    this.id = id;
  }

  get weight(): number {
    const { keys, stacks, locations } = this.kept;
    const cells = stacks.cells.length;
    return (
      keys * WEIGHT.key +
      cells * WEIGHT.cell +
      locations.length * WEIGHT.location +
      this.allSeries.length * WEIGHT.series
    );
  }

  series(id: number): KeptSeries {
    return (this.allSeries[id] ??= this.readSeries(id));
  }

  header(id: number): KeptHeader {
    return (this.headers[id] ??= decodeHeader(this.find(HEADERS, id)));
  }

  /** As of this transaction. */
  symbols(): SegmentSymbols {
    const { dictionary } = this.environment;
    const start = dictionaryKey(this.id, SYMBOLS, this.chunks);
    for (const { value } of dictionary.getRange({ start, end: dictionaryKey(this.id, SERIES, 0) })) {
      replaySymbols(value, this.kept);
      this.chunks += 1;
    }
    return this.kept;
  }

  private readSeries(id: number): KeptSeries {
    const text = this.find(SERIES, id).toString('utf8');
    const [profileLabels, sampleLabels] = JSON.parse(text) as [Labels, Labels];
    return { profileLabels, sampleLabels };
  }

  private find(kind: typeof SERIES | typeof HEADERS, id: number): Buffer {
    const bytes = this.environment.dictionary.get(dictionaryKey(this.id, kind, id));
    if (bytes === undefined)
      throw new StoreError('broken', `The store is damaged: segment ${this.id} has no part ${kind}/${id}.`);
    return bytes;
  }
}

/** Which mapping comes first is up to the profiles that are asked for. */
export type SegmentSymbols = Omit<Symbols, 'mainMapping'>;

/** A symbol table that only knows what it holds: nothing can be found in it by its content. */
class SymbolRows implements SegmentSymbols, SymbolSink {
  readonly mappings: PprofMapping[] = [];
  readonly functions: PprofFunction[] = [];
  readonly locations: PprofLocation[] = [];
  readonly labelSets: (readonly SampleLabel[])[] = [[]];
  readonly stacks = new Rows();
  stackOf = new Uint32Array(256);
  labelsOf = new Uint32Array(256);
  keys = 0;

  addMapping(mapping: PprofMapping): void {
    this.mappings.push(mapping);
  }

  addFunction(fn: PprofFunction): void {
    this.functions.push(fn);
  }

  addLocation(location: PprofLocation): void {
    this.locations.push(location);
  }

  addLabelSet(labels: readonly SampleLabel[]): void {
    this.labelSets.push(labels);
  }

  addStack(locations: Uint32Array): void {
    this.stacks.add(locations);
  }

  addKey(stack: number, labelSet: number): void {
    if (this.keys >= this.stackOf.length) {
      this.stackOf = grown(this.stackOf, this.keys + 1);
      this.labelsOf = grown(this.labelsOf, this.keys + 1);
    }
    this.stackOf[this.keys] = stack;
    this.labelsOf[this.keys] = labelSet;
    this.keys += 1;
  }
}

/** Rows of numbers, one behind the other. */
class Rows {
  cells = new Uint32Array(4_096);
  private starts = new Uint32Array(256);
  private count = 0;

  add(row: Uint32Array): void {
    const start = this.starts[this.count]!;
    if (start + row.length > this.cells.length) this.cells = grown(this.cells, start + row.length);
    if (this.count + 1 >= this.starts.length) this.starts = grown(this.starts, this.count + 2);
    this.cells.set(row, start);
    this.count += 1;
    this.starts[this.count] = start + row.length;
  }

  rowOf(id: number): Uint32Array {
    return this.cells.subarray(this.starts[id], this.starts[id + 1]);
  }
}
