// A store in a bucket, S3's or Google's.
import type { CatalogOptions } from '../catalog/catalog-store.ts';
import { CatalogStore } from '../catalog/catalog-store.ts';
import { ObjectCatalog } from './object-catalog.ts';
import type { ObjectStorage } from './object-storage.ts';
import { OwnLayout } from './own-layout.ts';
import { ProfefeLayout } from './profefe-layout.ts';

export interface ObjectStoreOptions extends CatalogOptions {
  /** Whose the profiles are that profefe has put into the bucket, if they are to be found; it knew no tenants. */
  readonly profefeTenant?: string;
}

/** Closes the storage when it is closed. */
export function openObjectStore(storage: ObjectStorage, options: ObjectStoreOptions = {}): CatalogStore {
  const { profefeTenant } = options;
  const others = profefeTenant === undefined ? [] : [new ProfefeLayout(storage, profefeTenant)];
  return new CatalogStore(new ObjectCatalog(storage, new OwnLayout(storage), others), options);
}
