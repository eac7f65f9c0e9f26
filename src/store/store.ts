// The contract of every store: embedded (lmdb), in object storage (S3, GCS), in ClickHouse. One test suite holds for all.
import type { Pprof } from '../formats/pprof/pprof.ts';
import type { Labels } from '../model/labels.ts';
import type { Figure } from './figures.ts';
import type { StoredProfile, Upload } from './profile.ts';
import type { Selector } from './selector.ts';

/** Of a query. */
export interface Asking {
  /** When it aborts nobody waits any more: the query costs no more, and fails with StoreError('abandoned'). */
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions extends Asking {
  /** At most so many, the newest ones; the result is in order of time, then id. */
  readonly limit?: number;
}

export interface MergeOptions extends Asking {
  /** Keeps the labels that became series at their samples. */
  readonly withSampleLabels: boolean;
}

/** Profiles to add up: by what they are, or one by one (an id that is named twice counts twice). */
export type MergeSource =
  { readonly selector: Selector } | { readonly tenant: string; readonly ids: readonly string[] };

export interface Merged {
  readonly pprof: Pprof;
  /** How many profiles went in. */
  readonly profiles: number;
  /** Ids that were named but are not there. */
  readonly missingIds: readonly string[];
}

/** One point per profile and series that matched; sums and steps are the caller's. */
export interface SeriesPoint {
  readonly labels: Labels;
  readonly timeNanos: bigint;
  readonly value: number;
}

export interface StoreStatistics {
  readonly profiles: number;
  readonly bytes: number;
  readonly oldestNanos: bigint | undefined;
  readonly newestNanos: bigint | undefined;
}

/**
 * All fail with StoreError. Nothing of one tenant is ever seen by another. Labels of series are those of the profile, those of
 * its samples where the upload splits, and `service_name`, `__name__`, `__profile_type__`.
 */
export interface ProfileStore {
  /** Checks, and keeps it for good: when this resolves, a power cut loses nothing of it. */
  write(upload: Upload): Promise<StoredProfile>;
  list(selector: Selector, options?: ListOptions): Promise<readonly StoredProfile[]>;
  /** The body as it was sent, and what is known of it; undefined where there is none. */
  read(tenant: string, id: string): Promise<{ profile: StoredProfile; body: Uint8Array } | undefined>;
  /** Undefined where nothing matches. */
  merge(source: MergeSource, options: MergeOptions): Promise<Merged | undefined>;
  /** Distinct label sets, each cut down to `names` where given; sorted. */
  series(selector: Selector, names?: readonly string[], asking?: Asking): Promise<readonly Labels[]>;
  /** The sums of one sample type over time, per label set cut down to `groupBy`. */
  points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
    asking?: Asking,
  ): AsyncIterable<readonly SeriesPoint[]>;
  services(tenant: string): Promise<readonly string[]>;
  delete(tenant: string, what: { readonly id: string } | { readonly selector: Selector }): Promise<number>;
  statistics(tenant: string): Promise<StoreStatistics>;
  close(): Promise<void>;
  /** What it counts of itself, for metrics; each once. */
  figures?(): readonly Figure[];
}

export type StoreErrorCode =
  | 'malformed' /* the body is no profile, or breaks a rule of the format */
  | 'too_large' /* it is over a bound */
  | 'incompatible' /* profiles of different kinds cannot be added up */
  | 'full' /* over the quota, or the disk is full */
  | 'unavailable' /* the storage behind it does not answer */
  | 'abandoned' /* whoever asked does not wait any more */
  | 'broken'; /* a defect, here or in the data */

/** The message is a sentence for the client; what is secret or internal is in `cause`. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export function abandoned(): StoreError {
  return new StoreError('abandoned', 'Nobody waits for the answer any more.');
}

/** Throws StoreError('abandoned'). */
export function checkWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abandoned();
}
