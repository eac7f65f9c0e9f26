// What a catalog keeps of a profile beside its body: enough to answer everything but sums of stacks.
import type { Labels } from '../../model/labels.ts';
import type { Intake } from '../intake.ts';
import type { StoredProfile } from '../profile.ts';
import { StoreError } from '../store.ts';

export interface SeriesTotals {
  /** Empty where the upload did not split. */
  readonly sampleLabels: Labels;
  /** One per sample type. */
  readonly totals: readonly number[];
}

export interface ProfileRecord {
  readonly profile: StoredProfile;
  /** The upload's `splitsSeries`: how its body is to be read. */
  readonly splits: boolean;
  /** Empty for what is no pprof. */
  readonly series: readonly SeriesTotals[];
}

/** Of the text of a record; one of 16,384 series with long labels comes near it. */
export const MAX_RECORD_BYTES = 16_777_216;

const VERSION = 1;

export function recordOf({ profile, pprof, series }: Intake, splits: boolean): ProfileRecord {
  const types = profile.sampleTypes.length;
  return {
    profile,
    splits,
    series: series.map(({ sampleLabels, samples }) => {
      const totals = Array.from({ length: types }, () => 0);
      for (const sample of samples)
        for (let type = 0; type < types; type++)
          totals[type]! += Number(pprof!.samples.values[sample * types + type]);
      return { sampleLabels, totals };
    }),
  };
}

/** JSON, the same for equal records. Throws StoreError('too_large'). */
export function encodeRecord({ profile, splits, series }: ProfileRecord): string {
  const { createdAtNanos, periodType, ...rest } = profile;
  const text = JSON.stringify({
    v: VERSION,
    ...rest,
    createdAtNanos: String(createdAtNanos),
    periodType: periodType ?? null,
    splits,
    series: series.map(({ sampleLabels, totals }) => [sampleLabels, totals]),
  });
  if (Buffer.byteLength(text) > MAX_RECORD_BYTES)
    throw new StoreError('too_large', `The labels of its samples need more than ${MAX_RECORD_BYTES} bytes.`);
  return text;
}

/** Throws StoreError('broken') where it is none. */
export function decodeRecord(text: string): ProfileRecord {
  try {
    return readRecord(JSON.parse(text) as Written);
  } catch (error) {
    throw new StoreError('broken', 'What is known of a profile cannot be read.', error);
  }
}

interface Written extends Omit<StoredProfile, 'createdAtNanos' | 'periodType'> {
  readonly v: number;
  readonly createdAtNanos: string;
  readonly periodType: StoredProfile['periodType'] | null;
  readonly splits: boolean;
  readonly series: readonly (readonly [Labels, readonly number[]])[];
}

function readRecord(written: Written): ProfileRecord {
  if (written.v !== VERSION) throw new Error(`version ${written.v}`);
  const { id, tenant, service, type, labels, bytes, sampleTypes, periodType } = written;
  if (![id, tenant, service, type].every((text) => typeof text === 'string')) throw new Error('names');
  if (!Array.isArray(labels) || !Array.isArray(sampleTypes)) throw new Error('lists');
  return {
    profile: {
      id,
      tenant,
      service,
      type,
      labels,
      createdAtNanos: BigInt(written.createdAtNanos),
      bytes,
      sampleTypes,
      periodType: periodType ?? undefined,
    },
    splits: written.splits,
    series: written.series.map(([sampleLabels, totals]) => ({ sampleLabels, totals })),
  };
}
