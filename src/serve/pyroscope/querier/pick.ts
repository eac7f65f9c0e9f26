// A profile of one sample type, cut out of one that has several.
import type { Pprof, PprofValues, ValueType } from '../../../formats/pprof/pprof.ts';

/** Whether a sample is wanted, by its place. */
export type Keeper = (sample: number) => boolean;

/** -1 where it is not there. */
export function columnOf(types: readonly ValueType[], wanted: ValueType): number {
  return types.findIndex(({ type, unit }) => type === wanted.type && unit === wanted.unit);
}

/** One column of some samples, without labels. Those that count for nothing are left out. */
export function pickSamples(pprof: Pprof, column: number, keeps: Keeper): Pprof {
  const { header, samples } = pprof;
  const types = header.sampleTypes.length;
  const kept: number[] = [];
  let cells = 0;
  for (let sample = 0; sample < samples.count; sample++) {
    const value = samples.values[sample * types + column]!;
    if (Number(value) === 0 || !keeps(sample)) continue;
    kept.push(sample);
    cells += samples.starts[sample + 1]! - samples.starts[sample]!;
  }
  const starts = new Uint32Array(kept.length + 1);
  const locations = new Uint32Array(cells);
  kept.forEach((sample, i) => {
    const stack = samples.locations.subarray(samples.starts[sample], samples.starts[sample + 1]);
    locations.set(stack, starts[i]);
    starts[i + 1] = starts[i]! + stack.length;
  });
  const values = pickColumn(samples.values, kept, { types, column });
  return {
    ...pprof,
    header: { ...header, sampleTypes: [header.sampleTypes[column]!], defaultSampleType: '' },
    samples: { count: kept.length, starts, locations, values, labels: new Map() },
  };
}

function pickColumn(
  values: PprofValues,
  rows: readonly number[],
  { types, column }: { readonly types: number; readonly column: number },
): PprofValues {
  return values instanceof Float64Array
    ? Float64Array.from(rows, (row) => values[row * types + column]!)
    : BigInt64Array.from(rows, (row) => values[row * types + column]!);
}
