// Bodies added up one by one: a few are fetched ahead, none is kept.
import { PprofMerger } from '../../formats/pprof/merge.ts';
import type { Pprof, SampleLabel } from '../../formats/pprof/pprof.ts';
import { PprofError } from '../../formats/pprof/wire.ts';
import type { Series } from '../intake.ts';
import { labelsThatStay, openUpload } from '../intake.ts';
import { StoreError } from '../store.ts';
import type { ProfileRecord } from './record.ts';

export interface SumOptions {
  readonly withSampleLabels: boolean;
  /** Of one profile after decompression: at least what was the bound when it was stored. */
  readonly maxRawBytes: number;
  /** Undefined: all series. */
  readonly wants: ((record: ProfileRecord, series: Series) => boolean) | undefined;
}

export class BodySum {
  private readonly merger = new PprofMerger();
  private readonly options: SumOptions;

  constructor(options: SumOptions) {
    this.options = options;
  }

  /** Throws StoreError('incompatible'), or 'broken' where the body is not what was stored. */
  async add(record: ProfileRecord, body: Uint8Array): Promise<void> {
    const { profile, splits } = record;
    const { withSampleLabels, wants, maxRawBytes } = this.options;
    if (profile.sampleTypes.length === 0)
      throw new StoreError('incompatible', `The ${profile.type} ${profile.id} is no profile to add up.`);
    const { pprof, series } = await reopen(record, body, maxRawBytes);
    const wanted = wants === undefined ? series : series.filter((one) => wants(record, one));
    const keepsLabels = withSampleLabels || !splits;
    const isWhole = wanted.length === series.length && keepsLabels;
    try {
      this.merger.add(isWhole ? pprof : cut(pprof, wanted, keepsLabels));
    } catch (error) {
      if (error instanceof PprofError) throw new StoreError('incompatible', error.message, error);
      throw error;
    }
  }

  /** Undefined when nothing was added. */
  finish(): { readonly pprof: Pprof; readonly profiles: number } | undefined {
    const pprof = this.merger.finish();
    return pprof && { pprof, profiles: this.merger.profiles };
  }
}

async function reopen({ profile, splits }: ProfileRecord, body: Uint8Array, maxRawBytes: number) {
  try {
    const upload = { ...profile, body, splitsSeries: splits };
    const { pprof, series } = await openUpload(upload, profile.createdAtNanos, maxRawBytes);
    return { pprof: pprof!, series };
  } catch (error) {
    throw new StoreError('broken', `The profile ${profile.id} cannot be read any more.`, error);
  }
}

/** The samples of some series only, beside all symbols: the merger leaves out what none needs. */
function cut(pprof: Pprof, series: readonly Series[], keepsLabels: boolean): Pprof {
  const { starts, locations, values, labels } = pprof.samples;
  const types = pprof.header.sampleTypes.length;
  const wanted = series.flatMap(({ samples }) => samples).sort((a, b) => a - b);
  const cutStarts = new Uint32Array(wanted.length + 1);
  const cutLabels = new Map<number, readonly SampleLabel[]>();
  const cutValues = values.slice(0, wanted.length * types);
  wanted.forEach((sample, row) => {
    cutStarts[row + 1] = cutStarts[row]! + starts[sample + 1]! - starts[sample]!;
    for (let type = 0; type < types; type++) cutValues[row * types + type] = values[sample * types + type]!;
    const own = labels.get(sample) ?? [];
    const kept = keepsLabels ? own : labelsThatStay(own);
    if (kept.length > 0) cutLabels.set(row, kept);
  });
  const cells = new Uint32Array(cutStarts[wanted.length]!);
  wanted.forEach((sample, row) => {
    cells.set(locations.subarray(starts[sample], starts[sample + 1]), cutStarts[row]);
  });
  const samples = { starts: cutStarts, locations: cells, values: cutValues, labels: cutLabels };
  return { ...pprof, samples: { count: wanted.length, ...samples } };
}
