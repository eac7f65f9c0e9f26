// From `--storage lmdb,s3` to a store: the first answers, the others follow.
import type { CatalogOptions } from './catalog/catalog-store.ts';
import type { ClickHouseAccess } from './clickhouse/connection.ts';
import type { FollowerTrouble } from './follower.ts';
import type { LmdbStoreOptions } from './lmdb/lmdb-store.ts';
import { ManyStore } from './many.ts';
import type { GcsOptions } from './objects/gcs.ts';
import type { ObjectStoreOptions } from './objects/object-store.ts';
import type { S3Options } from './objects/s3.ts';
import type { ProfileStore } from './store.ts';

export const STORAGE_KINDS = ['lmdb', 's3', 'gcs', 'clickhouse'] as const;
export type StorageKind = (typeof STORAGE_KINDS)[number];

/** What the kinds that are asked for need must be there. */
export interface StorageSettings extends CatalogOptions, ObjectStoreOptions {
  readonly lmdb?: LmdbStoreOptions;
  readonly s3?: S3Options;
  readonly gcs?: GcsOptions;
  readonly clickhouse?: ClickHouseAccess;
  readonly onFollowerTrouble: (trouble: FollowerTrouble) => void;
}

/** At least one kind, each once. Throws StoreError; what was opened before is closed then. */
export async function openStores(
  kinds: readonly StorageKind[],
  settings: StorageSettings,
): Promise<ProfileStore> {
  const opened: { readonly name: StorageKind; readonly store: ProfileStore }[] = [];
  try {
    for (const name of kinds) opened.push({ name, store: await openOne(name, settings) });
  } catch (error) {
    for (const { store } of opened) await store.close();
    throw error;
  }
  const [first, ...others] = opened;
  if (first === undefined) throw new Error('no storage');
  if (others.length === 0) return first.store;
  return new ManyStore(first.store, others, { report: settings.onFollowerTrouble });
}

/** Clients are loaded where they are used: most users have one kind. */
async function openOne(kind: StorageKind, settings: StorageSettings): Promise<ProfileStore> {
  if (kind === 'lmdb') {
    const { LmdbStore } = await import('./lmdb/lmdb-store.ts');
    return LmdbStore.open(needed(kind, settings.lmdb));
  }
  if (kind === 'clickhouse') {
    const { openClickHouseStore } = await import('./clickhouse/clickhouse-store.ts');
    return openClickHouseStore({ ...settings, ...needed(kind, settings.clickhouse) });
  }
  const { openObjectStore } = await import('./objects/object-store.ts');
  if (kind === 's3') {
    const { S3Storage } = await import('./objects/s3.ts');
    return openObjectStore(new S3Storage(needed(kind, settings.s3)), settings);
  }
  const { GcsStorage } = await import('./objects/gcs.ts');
  return openObjectStore(new GcsStorage(needed(kind, settings.gcs)), settings);
}

function needed<Options>(kind: StorageKind, options: Options | undefined): Options {
  if (options === undefined) throw new Error(`no settings for ${kind}`);
  return options;
}
