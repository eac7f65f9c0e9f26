// An upload on its way in: checked, decoded, timed, and split into the series that its samples belong to.
import { openPprof } from '../formats/pprof/open.ts';
import { decodePprofTable } from '../formats/pprof/decode.ts';
import type { Pprof, SampleLabel } from '../formats/pprof/pprof.ts';
import { PprofError, PprofTooLarge } from '../formats/pprof/wire.ts';
import type { Label, Labels } from '../model/labels.ts';
import { labelsKey, makeLabels } from '../model/labels.ts';
import { isProfileId, makeProfileId, profileIdOf } from './id.ts';
import type { StoredProfile, Upload } from './profile.ts';
import { StoreError } from './store.ts';

/** Its body may be anything, and is not looked at. */
const OPAQUE_TYPE = 'trace';
/** Labels of samples that say which request it was: as series there would be one for each request. */
const SPAN_LABELS: ReadonlySet<string> = new Set(['span_id', 'trace_id', 'profile_id']);
/** What the error says of a profile without samples: there is nothing to keep, which some senders may not call an error. */
export const NO_SAMPLES = 'profile is empty: no samples';
/** Profilers that took milliseconds or microseconds for nanoseconds say that it is 1970: then they have said nothing. */
const END_OF_1970_NANOS = 31_536_000_000_000_000n;
/** Series of one upload; the rest of a profile's label sets is refused, as a sentence. */
export const MAX_SERIES_PER_PROFILE = 16_384;

export interface Series {
  /** Text labels that its samples have in common, sorted by name; empty where uploads don't split. */
  readonly sampleLabels: Labels;
  /** Places of its samples in the profile. */
  readonly samples: number[];
}

export interface Intake {
  readonly profile: StoredProfile;
  /** Undefined for what is no pprof. */
  readonly pprof: Pprof | undefined;
  readonly series: readonly Series[];
}

/** `now` is the time where neither the profile nor the sender knows one. Throws StoreError('malformed' | 'too_large'). */
export async function openUpload(upload: Upload, now: bigint, maxRawBytes?: number): Promise<Intake> {
  if (upload.id !== undefined && !isProfileId(upload.id))
    throw new StoreError('malformed', 'The id of the profile is none.');
  if (upload.type === OPAQUE_TYPE) {
    return {
      profile: describe(upload, undefined, upload.createdAtNanos ?? now),
      pprof: undefined,
      series: [],
    };
  }
  try {
    const pprof = decodePprofTable(await openPprof(upload.body, maxRawBytes));
    if (pprof.samples.count === 0) throw new PprofError(NO_SAMPLES);
    if (upload.splitsSeries) checkTypes(pprof);
    const { timeNanos } = pprof.header;
    const profile = describe(
      upload,
      pprof,
      timeNanos >= END_OF_1970_NANOS ? timeNanos : (upload.createdAtNanos ?? now),
    );
    return { profile, pprof, series: splitSeries(pprof, upload.splitsSeries) };
  } catch (error) {
    if (error instanceof PprofTooLarge) throw new StoreError('too_large', error.message, error);
    if (error instanceof PprofError) throw new StoreError('malformed', error.message, error);
    throw error;
  }
}

/** The labels that stay with a sample when its others became those of a series. */
export function labelsThatStay(labels: readonly SampleLabel[]): readonly SampleLabel[] {
  return labels.filter((label) => !isSeriesLabel(label));
}

function describe(upload: Upload, pprof: Pprof | undefined, createdAtNanos: bigint): StoredProfile {
  const { tenant, service, type, labels, body, key } = upload;
  const id = key === undefined ? makeProfileId(createdAtNanos) : profileIdOf(createdAtNanos, key);
  return {
    id: upload.id ?? id,
    tenant,
    service,
    type,
    labels,
    createdAtNanos,
    bytes: body.length,
    sampleTypes: pprof?.header.sampleTypes ?? [],
    periodType: pprof?.header.periodType,
  };
}

/** Pyroscope's ids of profile types are joined by colons: what has one in its name could be kept, but never asked for. */
function checkTypes({ header }: Pprof): void {
  for (const { type, unit } of [...header.sampleTypes, header.periodType ?? { type: '', unit: '' }])
    if (type.includes(':') || unit.includes(':'))
      throw new PprofError(
        `the sample type ${JSON.stringify(`${type}/${unit}`.slice(0, 100))} has a colon in it`,
      );
}

function isSeriesLabel(label: SampleLabel): label is Extract<SampleLabel, { text: string }> {
  return 'text' in label && !SPAN_LABELS.has(label.key);
}

function splitSeries(pprof: Pprof, splits: boolean): readonly Series[] {
  const series = new Map<string, Series>();
  // Samples with equal labels mostly share them.
  const seriesOf = new Map<readonly SampleLabel[] | undefined, Series>();
  const { count, labels } = pprof.samples;
  for (let sample = 0; sample < count; sample++) {
    const own = splits ? labels.get(sample) : undefined;
    let one = seriesOf.get(own);
    if (one === undefined) {
      one = findSeries(series, own ?? []);
      seriesOf.set(own, one);
    }
    one.samples.push(sample);
  }
  return [...series.values()];
}

function findSeries(series: Map<string, Series>, labels: readonly SampleLabel[]): Series {
  const sampleLabels = makeLabels(labels.filter(isSeriesLabel).map(({ key, text }): Label => [key, text]));
  const key = labelsKey(sampleLabels);
  const known = series.get(key);
  if (known !== undefined) return known;
  if (series.size >= MAX_SERIES_PER_PROFILE)
    throw new PprofTooLarge(`its samples have more than ${MAX_SERIES_PER_PROFILE} different label sets`);
  const one: Series = { sampleLabels, samples: [] };
  series.set(key, one);
  return one;
}
