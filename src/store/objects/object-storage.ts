// The seam below the store in object storage: what S3 and Google Cloud Storage can both do, and no more.
import type { Traffic } from '../catalog/catalog.ts';

export interface ObjectEntry {
  readonly key: string;
  readonly bytes: number;
}

export interface ListRequest {
  readonly prefix: string;
  /** Only keys behind this one. */
  readonly startAfter?: string;
  /** Keys that have it behind the prefix are told once, as a prefix that ends with it. */
  readonly delimiter?: string;
}

export interface ListPage {
  /** In the order of the bytes of their keys, over all pages. */
  readonly objects: readonly ObjectEntry[];
  readonly prefixes: readonly string[];
}

/**
 * Keys are of any characters, up to MAX_KEY_BYTES. Every call is retried within bounds, ends in time, and fails with
 * StoreError('unavailable'); after `close` all do.
 */
export interface ObjectStorage {
  /** s3, gcs. */
  readonly name: string;
  readonly traffic: Traffic;
  /** True where it is kept; false where there was one with this key, and `onlyIfNew`. */
  put(key: string, body: Uint8Array, options?: { readonly onlyIfNew?: boolean }): Promise<boolean>;
  /** Undefined where there is none. Throws StoreError('too_large') where it has more bytes than `maxBytes`. */
  get(key: string, maxBytes: number): Promise<Buffer | undefined>;
  list(request: ListRequest): AsyncIterable<ListPage>;
  /** What is not there is no error. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

/** In UTF-8: S3's bound; Google's is the same. */
export const MAX_KEY_BYTES = 1_024;
/** Of one listing: ten million keys where pages are full. */
export const MAX_LIST_PAGES = 10_000;
/** Of the text of a page: 1,000 keys of full length, escaped. */
export const MAX_PAGE_BYTES = 16_777_216;
