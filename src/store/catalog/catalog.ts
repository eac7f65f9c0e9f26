// The seam below stores that keep bodies and records elsewhere: a few plain operations; what questions mean is not theirs.
import type { Asking, StoreStatistics } from '../store.ts';
import type { ProfileRecord } from './record.ts';

/** Requests to what is behind a store, since its start. */
export interface Traffic {
  /** Further attempts included. */
  readonly requests: number;
  readonly retries: number;
  /** Given up. */
  readonly failures: number;
}

/** A selector without its matchers. */
export interface Scope extends Asking {
  readonly tenant: string;
  /** Undefined: all that `hasService` holds for. */
  readonly service: string | undefined;
  readonly type: string | undefined;
  /** UNIX time in ns, both included. */
  readonly fromNanos: bigint;
  readonly untilNanos: bigint;
  /** What matchers say of services and types: a catalog may leave out the others, and need not. */
  readonly hasService: (service: string) => boolean;
  readonly hasType: (type: string) => boolean;
}

export type Order = 'oldest first' | 'newest first';

/** All fail with StoreError. */
export interface Catalog {
  /** s3, gcs, clickhouse. */
  readonly storage: string;
  readonly traffic: Traffic;
  /** What bounds of its own have refused or cut, by bound. */
  readonly boundsHit: Readonly<Record<string, number>>;
  /** Keeps both for good. The same record again changes nothing. */
  put(record: ProfileRecord, body: Uint8Array): Promise<void>;
  /** In order of time, then id, or the other way round. */
  find(scope: Scope, order: Order): AsyncIterable<ProfileRecord>;
  /** Undefined where there is none; `id` is of any form. */
  get(tenant: string, id: string): Promise<ProfileRecord | undefined>;
  /** Undefined where it has gone by now. */
  body(record: ProfileRecord): Promise<Uint8Array | undefined>;
  /** How many of them were there. */
  remove(records: readonly ProfileRecord[]): Promise<number>;
  /**
   * Lets go of what was taken before this time (UNIX, ns), of all tenants: how many, roughly. It does no harm again, or when several
   * servers do it at once. May keep what it can only let go of in larger parts.
   */
  expire(beforeNanos: bigint): Promise<number>;
  /** In any order, each once. */
  services(tenant: string): Promise<readonly string[]>;
  statistics(tenant: string): Promise<StoreStatistics>;
  /** What is under way fails. */
  close(): Promise<void>;
}
