// A store in a bucket, S3's or Google's.
import { CatalogStore } from '../catalog/catalog-store.ts';
import type { ProfileStore } from '../store.ts';
import { ObjectCatalog } from './object-catalog.ts';
import type { ObjectStorage } from './object-storage.ts';
import { OwnLayout } from './own-layout.ts';

/** Closes the storage when it is closed. */
export function openObjectStore(storage: ObjectStorage): ProfileStore {
  return new CatalogStore(new ObjectCatalog(storage, new OwnLayout(storage)));
}
