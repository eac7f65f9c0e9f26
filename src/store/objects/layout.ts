// A way to lay profiles out in a bucket: how to find them by their keys, and what is known of each.
import type { ProfileRecord } from '../catalog/record.ts';
import type { Scope } from '../catalog/catalog.ts';

/** What a key alone says of a profile. */
export interface Entry {
  readonly key: string;
  /** Of the body. */
  readonly bytes: number;
  readonly id: string;
  readonly timeNanos: bigint;
}

/** All fail with StoreError. */
export interface Layout {
  /** Records that it has let go of to keep within its memory. */
  readonly evictions: number;
  /** Those of the scope, in any order, page by page. */
  entries(scope: Scope): AsyncIterable<readonly Entry[]>;
  /** Undefined where it has gone by now, or is no profile. */
  load(entry: Entry): Promise<ProfileRecord | undefined>;
  /** Undefined where it is not there. `id` is of any form. */
  get(tenant: string, id: string): Promise<ProfileRecord | undefined>;
  body(record: ProfileRecord): Promise<Uint8Array | undefined>;
  /** False where it was not there. */
  remove(record: ProfileRecord): Promise<boolean>;
  services(tenant: string): Promise<readonly string[]>;
  /** Pages of all there is of a tenant. */
  all(tenant: string): AsyncIterable<readonly Entry[]>;
}
