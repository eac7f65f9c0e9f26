// Stacks of profiles by the names of their functions, root first, each once, with its sum for every source.
import type { Pprof } from './pprof.ts';
import type { TreeSource } from './name-tree.ts';
import { StackSet } from './stack-set.ts';
import { textKey } from './text-key.ts';
import { over } from './wire.ts';

/** Calls of one stack, inlined ones with it. */
export const MAX_NAMED_DEPTH = 16_384;
/** Calls of all samples together: a location may stand for many, so bytes don't bound them. */
export const MAX_NAMED_CALLS = 134_217_728;
const STACK_BOUNDS = { rows: 2_097_152, cells: 33_554_432 };

export class NamedStacks {
  /** In their order by UTF-16 units; rows name them by their place. */
  readonly names: readonly string[];
  /** Per source: the value of each row. */
  readonly sums: Float64Array[];
  private readonly rows = new StackSet(STACK_BOUNDS);
  private readonly row = new Uint32Array(MAX_NAMED_DEPTH);
  private calls = 0;

  constructor(sources: readonly TreeSource[]) {
    const callsOf = sources.map(({ pprof }) => new LocationCalls(pprof));
    const all = new Map(callsOf.flatMap(({ names }) => names.map((name) => [textKey(name), name] as const)));
    this.names = [...all.values()].sort();
    const placeOf = new Map(this.names.map((name, place) => [textKey(name), place]));
    this.sums = sources.map(() => new Float64Array(256));
    sources.forEach((source, i) => {
      const { names } = callsOf[i]!;
      const places = Uint32Array.from(names, (name) => placeOf.get(textKey(name))!);
      this.addSource(source, i, { calls: callsOf[i]!, places });
    });
  }

  rowOf(stack: number): Uint32Array {
    return this.rows.rowOf(stack);
  }

  sharedDepth(a: number, b: number): number {
    const { cells, starts } = this.rows;
    const [startA, startB] = [starts[a]!, starts[b]!];
    const depth = Math.min(starts[a + 1]! - startA, starts[b + 1]! - startB);
    let i = 0;
    while (i < depth && cells[startA + i] === cells[startB + i]) i++;
    return i;
  }

  /** All rows, in the order of their names; the shorter of two that begin alike goes first. */
  sorted(): Uint32Array {
    const { cells, starts, count } = this.rows;
    return Uint32Array.from({ length: count }, (_, row) => row).sort((a, b) => {
      const shared = this.sharedDepth(a, b);
      const [atA, atB] = [starts[a]! + shared, starts[b]! + shared];
      const [endsA, endsB] = [atA === starts[a + 1], atB === starts[b + 1]];
      if (endsA || endsB) return endsA && endsB ? 0 : endsA ? -1 : 1;
      return cells[atA]! - cells[atB]!;
    });
  }

  private addSource({ pprof, column }: TreeSource, source: number, named: Named): void {
    const { samples, header } = pprof;
    const types = header.sampleTypes.length;
    for (let sample = 0; sample < samples.count; sample++) {
      const value = Number(samples.values[sample * types + column]);
      if (!(value > 0)) continue;
      const depth = this.writeRow(samples, sample, named);
      const id = this.rows.idOf(this.row, 0, depth);
      if (id >= this.sums[source]!.length) this.growSums();
      this.sums[source]![id]! += value;
    }
  }

  /** Writes the calls of a sample, root first; returns how many. */
  private writeRow(samples: Pprof['samples'], sample: number, { calls, places }: Named): number {
    const { row } = this;
    let depth = 0;
    for (let i = samples.starts[sample + 1]! - 1; i >= samples.starts[sample]!; i--) {
      const location = samples.locations[i]!;
      const first = calls.starts[location]!;
      for (let call = calls.starts[location + 1]! - 1; call >= first; call--) {
        if (depth === MAX_NAMED_DEPTH) throw over(MAX_NAMED_DEPTH, 'calls in a stack');
        row[depth++] = places[calls.ids[call]!]!;
      }
    }
    this.calls += depth;
    if (this.calls > MAX_NAMED_CALLS) throw over(MAX_NAMED_CALLS, 'calls in its stacks');
    return depth;
  }

  private growSums(): void {
    this.sums.forEach((sums, source) => {
      const bigger = new Float64Array(sums.length * 2);
      bigger.set(sums);
      this.sums[source] = bigger;
    });
  }
}

interface Named {
  readonly calls: LocationCalls;
  /** Place of each of its names. */
  readonly places: Uint32Array;
}

/** Names of the calls that a location stands for, innermost first. */
class LocationCalls {
  /** In the order in which they are first met. */
  readonly names: string[] = [];
  private readonly idsOfNames = new Map<string, number>();
  /** Location i has ids[starts[i]] to ids[starts[i + 1] - 1]. */
  readonly starts: Uint32Array;
  readonly ids: number[] = [];

  constructor({ locations, functions }: Pprof) {
    this.starts = new Uint32Array(locations.length + 1);
    locations.forEach(({ lines, address }, location) => {
      if (lines.length === 0) this.ids.push(this.idOf(`0x${address.toString(16)}`));
      for (const { fn } of lines) this.ids.push(this.idOf(functions[fn]!.name));
      this.starts[location + 1] = this.ids.length;
    });
  }

  private idOf(name: string): number {
    const key = textKey(name);
    let id = this.idsOfNames.get(key);
    if (id === undefined) {
      id = this.names.push(name) - 1;
      this.idsOfNames.set(key, id);
    }
    return id;
  }
}
