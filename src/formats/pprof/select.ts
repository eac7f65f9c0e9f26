// Some sample keys of a table with their values, as a profile of its own: symbols that none of them needs stay behind.
import type {
  Pprof,
  PprofFunction,
  PprofHeader,
  PprofLocation,
  PprofMapping,
  PprofValues,
  SampleLabel,
} from './pprof.ts';

/** What a SymbolTable knows, without the means to find ids in it. */
export interface Symbols {
  readonly mappings: readonly PprofMapping[];
  readonly functions: readonly PprofFunction[];
  readonly locations: readonly PprofLocation[];
  readonly stacks: { rowOf(id: number): Uint32Array };
  readonly labelSets: readonly (readonly SampleLabel[])[];
  readonly stackOf: Uint32Array;
  readonly labelsOf: Uint32Array;
  /** The mapping that comes first, needed or not; -1: none. */
  readonly mainMapping: number;
}

/**
 * Row i of `values` belongs to keys[i]. Symbols are numbered in the order in which the rows need them, but for mappings: they
 * stand as in the table, behind the main binary's.
 */
export function selectRows(
  header: PprofHeader,
  table: Symbols,
  keys: readonly number[],
  values: PprofValues,
): Pprof {
  const locations = new Renumbering(table.locations);
  const labels = new Map<number, readonly SampleLabel[]>();
  const starts = new Uint32Array(keys.length + 1);
  let cells = 0;
  for (const key of keys) cells += table.stacks.rowOf(table.stackOf[key]!).length;
  const own = new Uint32Array(cells);
  let at = 0;
  keys.forEach((key, row) => {
    for (const location of table.stacks.rowOf(table.stackOf[key]!)) own[at++] = locations.idOf(location);
    starts[row + 1] = at;
    const set = table.labelsOf[key]!;
    if (set !== 0) labels.set(row, table.labelSets[set]!);
  });
  const mappings = new Renumbering(table.mappings);
  if (table.mainMapping >= 0) mappings.idOf(table.mainMapping);
  const needed = new Set(locations.items.map(({ mapping }) => mapping));
  for (const mapping of [...needed].sort((a, b) => a - b)) if (mapping >= 0) mappings.idOf(mapping);
  const functions = new Renumbering(table.functions);
  const renumbered = locations.items.map((location) => ({
    ...location,
    mapping: location.mapping < 0 ? -1 : mappings.idOf(location.mapping),
    lines: location.lines.map((line) => ({ ...line, fn: functions.idOf(line.fn) })),
  }));
  return {
    header,
    mappings: mappings.items,
    functions: functions.items,
    locations: renumbered,
    samples: { count: keys.length, starts, locations: own, values, labels },
  };
}

class Renumbering<Item> {
  readonly items: Item[] = [];
  private readonly source: readonly Item[];
  private readonly ids: Int32Array;

  constructor(source: readonly Item[]) {
    this.source = source;
    this.ids = new Int32Array(source.length).fill(-1);
  }

  idOf(old: number): number {
    let id = this.ids[old]!;
    if (id < 0) {
      id = this.items.push(this.source[old]!) - 1;
      this.ids[old] = id;
    }
    return id;
  }
}
