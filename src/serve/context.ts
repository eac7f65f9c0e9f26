// What every API of the server is made with, and what each of its requests brings along.
import type { ProfileStore } from '../store/store.ts';

export interface ServeBounds {
  /** Of one request as it is sent; more is 413. */
  readonly bodyBytes: number;
  /** Of one profile after decompression; more is 413. */
  readonly rawBytes: number;
  /** Profiles that one merge adds up; more is 422. */
  readonly mergedProfiles: number;
}

export interface ServeCounts {
  upload(facts: { readonly api: string; readonly format: string; readonly outcome: string }): void;
  /** A bound has cut an answer. */
  bound(name: string): void;
}

export interface ServeContext {
  readonly store: ProfileStore;
  readonly bounds: ServeBounds;
  /** UNIX time in ns. */
  readonly now: () => bigint;
  /** Undefined where nobody counts. */
  readonly counts?: ServeCounts;
}

/** Hono's environment of all APIs: set before a handler runs. */
export interface ServeEnv {
  Variables: {
    /** From X-Scope-OrgID, or 'anonymous' where there is one tenant only. */
    tenant: string;
    requestId: string;
    /** What a POST has brought, whole. */
    body?: Uint8Array;
  };
}
