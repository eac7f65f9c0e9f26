// The seam below stores that keep bodies and records elsewhere: a few plain operations; what questions mean is not theirs.
import type { StoreStatistics } from '../store.ts';
import type { ProfileRecord } from './record.ts';

/** A selector without its matchers. */
export interface Scope {
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
  /** In any order, each once. */
  services(tenant: string): Promise<readonly string[]>;
  statistics(tenant: string): Promise<StoreStatistics>;
  /** What is under way fails. */
  close(): Promise<void>;
}
