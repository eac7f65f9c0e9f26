// A segment as its writer has it: one service's symbols, series and headers of one day, each with a number. What is new is
// written in the transaction of the profile that brought it; if that fails, this object is of no use any more.
import type { Pprof, SampleLabel } from '../../formats/pprof/pprof.ts';
import { SymbolTable } from '../../formats/pprof/symbol-table.ts';
import { textKey } from '../../formats/pprof/text-key.ts';
import { ValueSums } from '../../formats/pprof/value-sums.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import type { Intake, Series } from '../intake.ts';
import { labelsThatStay } from '../intake.ts';
import type { SeriesRows } from './columns.ts';
import { ColumnWriter } from './columns.ts';
import { encodeEntry } from './entry.ts';
import type { Environment } from './environment.ts';
import { encodeHeader } from './headers.ts';
import { afterPrefix, dictionaryKey, HEADERS, SERIES, SYMBOLS, uint32 } from './keys.ts';
import { encodeSymbols, marksOf, NO_MARKS, replaySymbols } from './symbol-chunk.ts';

/** Bytes of memory, roughly: measured for a table of PHP stacks. */
const WEIGHT = { key: 60, cell: 4, stack: 20, location: 400, series: 600 } as const;

const NO_SERIES: Series = { sampleLabels: [], samples: [] };

export interface WrittenProfile {
  readonly entry: Buffer;
  /** Empty for what is no pprof. */
  readonly columns: Buffer;
}

export class SegmentWriter {
  readonly id: number;
  chunks = 0;
  private readonly environment: Environment;
  private readonly table = new SymbolTable();
  private marks = NO_MARKS;
  private readonly seriesIds = new Map<string, number>();
  private readonly headerIds = new Map<string, number>();
  private readonly columns = new ColumnWriter();

  constructor(environment: Environment, id: number) {
    this.environment = environment;
    this.id = id;
  }

  /** As the last commit left it. */
  static load(environment: Environment, id: number): SegmentWriter {
    const segment = new SegmentWriter(environment, id);
    segment.replay();
    return segment;
  }

  /** Bytes of memory, roughly. */
  get weight(): number {
    const { keyCount, stacks, locations } = this.table;
    const cells = stacks.starts[stacks.count]!;
    return (
      keyCount * WEIGHT.key +
      cells * WEIGHT.cell +
      stacks.count * WEIGHT.stack +
      locations.length * WEIGHT.location +
      this.seriesIds.size * WEIGHT.series
    );
  }

  /** `splits`: labels of samples that became those of series are kept there, not here. Within a transaction. */
  take({ profile, pprof, series }: Intake, splits: boolean): WrittenProfile {
    const types = profile.sampleTypes.length;
    const totals: number[] = [];
    let mainMapping = -1;
    if (pprof !== undefined) {
      const keys = this.table.intern(pprof, splits ? (sample) => labelsOf(pprof, sample) : undefined);
      if (pprof.mappings.length > 0) mainMapping = this.table.addMapping(pprof.mappings[0]!);
      for (const { samples } of series) {
        const rows = toRows(pprof, keys, samples);
        this.columns.add(rows, types);
        totals.push(...totalsOf(pprof, samples));
      }
    }
    const all = pprof === undefined ? [NO_SERIES] : series;
    const entry = encodeEntry({
      segmentId: this.id,
      headerId: this.headerIdOf(encodeHeader(profile, pprof?.header, mainMapping)),
      timeNanos: pprof?.header.timeNanos ?? 0n,
      durationNanos: pprof?.header.durationNanos ?? 0n,
      seriesIds: all.map(({ sampleLabels }) => this.seriesIdOf(profile.labels, sampleLabels)),
      totals,
    });
    return { entry, columns: this.columns.take() };
  }

  /** Within the same transaction: the symbols that are new since the last time. True where there were any. */
  flush(): boolean {
    const chunk = encodeSymbols(this.table, this.marks);
    if (chunk === undefined) return false;
    this.environment.dictionary.putSync(dictionaryKey(this.id, SYMBOLS, this.chunks), chunk);
    this.chunks += 1;
    this.marks = marksOf(this.table);
    return true;
  }

  private seriesIdOf(profileLabels: Labels, sampleLabels: Labels): number {
    const key = `${labelsKey(profileLabels)}/${labelsKey(sampleLabels)}`;
    return this.numberOf(this.seriesIds, SERIES, key, () => JSON.stringify([profileLabels, sampleLabels]));
  }

  private headerIdOf(text: string): number {
    return this.numberOf(this.headerIds, HEADERS, text, () => text);
  }

  private numberOf(
    ids: Map<string, number>,
    kind: typeof SERIES | typeof HEADERS,
    key: string,
    write: () => string,
  ): number {
    const short = textKey(key);
    const known = ids.get(short);
    if (known !== undefined) return known;
    const id = ids.size;
    ids.set(short, id);
    this.environment.dictionary.putSync(dictionaryKey(this.id, kind, id), Buffer.from(write()));
    return id;
  }

  private replay(): void {
    const { table } = this;
    const sink = {
      addMapping: table.addMapping.bind(table),
      addFunction: table.addFunction.bind(table),
      addLocation: table.addLocation.bind(table),
      addLabelSet: table.labelSetOf.bind(table),
      addStack: (row: Uint32Array) => table.stacks.idOf(row, 0, row.length),
      addKey: table.keyOf.bind(table),
    };
    const prefix = uint32(this.id);
    for (const { key, value } of this.environment.dictionary.getRange({
      start: prefix,
      end: afterPrefix(prefix),
    })) {
      if (key[4] === SYMBOLS) {
        replaySymbols(value, sink);
        this.chunks += 1;
      } else if (key[4] === SERIES) {
        const [profileLabels, sampleLabels] = JSON.parse(value.toString('utf8')) as [Labels, Labels];
        const key = `${labelsKey(profileLabels)}/${labelsKey(sampleLabels)}`;
        this.seriesIds.set(textKey(key), this.seriesIds.size);
      } else this.headerIds.set(textKey(value.toString('utf8')), this.headerIds.size);
    }
    this.marks = marksOf(table);
  }
}

function labelsOf(pprof: Pprof, sample: number): readonly SampleLabel[] {
  const labels = pprof.samples.labels.get(sample);
  return labels === undefined ? [] : labelsThatStay(labels);
}

/** The samples of a series by key, those of one key added up. */
function toRows(pprof: Pprof, keys: Uint32Array, samples: readonly number[]): SeriesRows {
  const types = pprof.header.sampleTypes.length;
  // One number for both, so that sorting needs no comparison in JavaScript: a profile has fewer than 2^22 samples.
  const order = Float64Array.from(samples, (sample) => keys[sample]! * SAMPLES + sample).sort();
  const rising = new Uint32Array(order.length);
  const sums = new ValueSums(types, order.length);
  let rows = 0;
  for (const place of order) {
    const sample = place % SAMPLES;
    const key = (place - sample) / SAMPLES;
    if (rows === 0 || rising[rows - 1] !== key) rising[rows++] = key;
    sums.add(rows - 1, pprof.samples.values, sample);
  }
  return { rows, keys: rising, values: sums.values };
}

const SAMPLES = 2 ** 23;

function totalsOf(pprof: Pprof, samples: readonly number[]): number[] {
  const types = pprof.header.sampleTypes.length;
  const totals = new Array<number>(types).fill(0);
  const { values } = pprof.samples;
  for (const sample of samples)
    for (let type = 0; type < types; type++)
      totals[type] = totals[type]! + Number(values[sample * types + type]!);
  return totals;
}
