// What a profile says of itself apart from its time and duration: mostly the same for all profiles of a service.
import type { PprofHeader } from '../../formats/pprof/pprof.ts';
import type { StoredProfile } from '../profile.ts';

/** PprofHeader without its times, which stand in the entry. */
type Timeless = Omit<PprofHeader, 'timeNanos' | 'durationNanos'>;

export interface KeptHeader {
  readonly type: string;
  readonly sampleTypes: StoredProfile['sampleTypes'];
  readonly periodType: StoredProfile['periodType'];
  /** Undefined for what is no pprof. */
  readonly pprof: Timeless | undefined;
  /** Of the main binary, in the segment's symbols; -1 where it has none. */
  readonly mainMapping: number;
}

/** The same text for equal headers. */
export function encodeHeader(
  profile: StoredProfile,
  header: PprofHeader | undefined,
  mainMapping: number,
): string {
  return JSON.stringify([
    profile.type,
    profile.sampleTypes.map(({ type, unit }) => [type, unit]),
    profile.periodType ? [profile.periodType.type, profile.periodType.unit] : null,
    header && {
      period: header.period.toString(),
      dropFrames: header.dropFrames,
      keepFrames: header.keepFrames,
      comments: header.comments,
      defaultSampleType: header.defaultSampleType,
      docUrl: header.docUrl,
    },
    mainMapping,
  ]);
}

type Pair = readonly [type: string, unit: string];
type Written = readonly [
  type: string,
  sampleTypes: readonly Pair[],
  periodType: Pair | null,
  rest: (Omit<Timeless, 'period' | 'sampleTypes' | 'periodType'> & { readonly period: string }) | null,
  mainMapping: number,
];

export function decodeHeader(bytes: Buffer): KeptHeader {
  const [type, pairs, periodPair, rest, mainMapping] = JSON.parse(bytes.toString('utf8')) as Written;
  const sampleTypes = pairs.map(toValueType);
  const periodType = periodPair === null ? undefined : toValueType(periodPair);
  const pprof = rest === null ? undefined : { ...rest, sampleTypes, periodType, period: BigInt(rest.period) };
  return { type, sampleTypes, periodType, pprof, mainMapping };
}

function toValueType([type, unit]: Pair): { readonly type: string; readonly unit: string } {
  return { type, unit };
}
