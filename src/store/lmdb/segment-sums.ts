// Sums of one segment's sample keys, and a profile made of them. Samples that keep the labels of their series are counted per
// set of such labels.
import type { Pprof, PprofHeader, SampleLabel } from '../../formats/pprof/pprof.ts';
import type { Symbols } from '../../formats/pprof/select.ts';
import { selectRows } from '../../formats/pprof/select.ts';
import { ValueSums } from '../../formats/pprof/value-sums.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import type { ColumnReader } from './columns.ts';
import type { SegmentReader } from './segment-reader.ts';

export class SegmentSums {
  private readonly segment: SegmentReader;
  private readonly withSampleLabels: boolean;
  readonly types: number;
  /** A sample key is the row of its sum. */
  private readonly plain: ValueSums;
  private labeled: LabeledSums | undefined;

  constructor(segment: SegmentReader, types: number, withSampleLabels: boolean) {
    this.segment = segment;
    this.types = types;
    this.withSampleLabels = withSampleLabels;
    this.plain = new ValueSums(types);
  }

  /** The rows of a series that `columns` has just read. */
  add(seriesId: number, columns: ColumnReader): void {
    const { sampleLabels } = this.segment.series(seriesId);
    if (!this.withSampleLabels || sampleLabels.length === 0) columns.addTo(this.plain);
    else {
      this.labeled ??= new LabeledSums(this.types);
      this.labeled.add(sampleLabels, columns);
    }
  }

  /** One or two profiles, all with this header. */
  finish(header: PprofHeader, mainMapping: number): readonly Pprof[] {
    const symbols = this.segment.symbols();
    const { mappings, functions, locations, stacks, labelSets, stackOf, labelsOf } = symbols;
    const table = { mappings, functions, locations, stacks, labelSets, stackOf, labelsOf, mainMapping };
    const { plain } = this;
    const keys: number[] = [];
    for (let row = 0; row < plain.values.length / Math.max(1, this.types); row++)
      if (!plain.isZero(row)) keys.push(row);
    const own = selectRows(header, table, keys, plain.pick(keys));
    return this.labeled === undefined ? [own] : [own, this.labeled.finish(header, table)];
  }
}

const PAIR = 2 ** 32;

/** Rows for pairs of (labels of the series, sample key), as they come. */
class LabeledSums {
  private readonly sums: ValueSums;
  private readonly setIds = new Map<string, number>();
  private readonly sets: Labels[] = [];
  private readonly rows = new Map<number, number>();

  constructor(types: number) {
    this.sums = new ValueSums(types);
  }

  add(labels: Labels, { rows, keys, values }: ColumnReader): void {
    const set = this.setOf(labels);
    for (let i = 0; i < rows; i++) {
      const pair = set * PAIR + keys[i]!;
      let row = this.rows.get(pair);
      if (row === undefined) {
        row = this.rows.size;
        this.rows.set(pair, row);
        this.sums.reserve(row + 1);
      }
      this.sums.add(row, values, i);
    }
  }

  finish(header: PprofHeader, symbols: Symbols): Pprof {
    const stackOf = new Uint32Array(this.rows.size);
    const labelsOf = new Uint32Array(this.rows.size);
    const labelSets: (readonly SampleLabel[])[] = [[]];
    const ids = new Map<string, number>();
    for (const [pair, row] of this.rows) {
      const key = pair % PAIR;
      const set = (pair - key) / PAIR;
      const name = `${set}/${symbols.labelsOf[key]!}`;
      const id = ids.get(name) ?? labelSets.length;
      if (id === labelSets.length) {
        ids.set(name, id);
        labelSets.push(together(symbols.labelSets[symbols.labelsOf[key]!]!, this.sets[set]!));
      }
      stackOf[row] = symbols.stackOf[key]!;
      labelsOf[row] = id;
    }
    const rows = [...this.rows.values()].filter((row) => !this.sums.isZero(row));
    return selectRows(header, { ...symbols, labelSets, stackOf, labelsOf }, rows, this.sums.pick(rows));
  }

  private setOf(labels: Labels): number {
    const key = labelsKey(labels);
    let set = this.setIds.get(key);
    if (set === undefined) {
      set = this.sets.push(labels) - 1;
      this.setIds.set(key, set);
    }
    return set;
  }
}

function together(own: readonly SampleLabel[], series: Labels): readonly SampleLabel[] {
  const all = [...series.map(([key, text]): SampleLabel => ({ key, text })), ...own];
  return all.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
