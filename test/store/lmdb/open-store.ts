// Stores in temporary folders for tests. Their threads run what build-threads.ts has made.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import type { LmdbStoreOptions } from '../../../src/store/lmdb/lmdb-store.ts';
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import type { StoreUnderTest } from '../contract.ts';

export function workerFile(name: 'store-worker' | 'mortal-worker'): URL {
  return pathToFileURL(join(inject('storeThreads'), `${name}.js`));
}

export async function openStore(dir: string, options: Partial<LmdbStoreOptions> = {}): Promise<LmdbStore> {
  const worker = workerFile('store-worker');
  return LmdbStore.open({ dir, worker, ...options });
}

export async function makeDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'spybridge-store-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** For the contract of every store. */
export async function makeStore(options: Partial<LmdbStoreOptions> = {}): Promise<StoreUnderTest> {
  const { dir, remove } = await makeDir();
  let store = await openStore(dir, options);
  return {
    store,
    dispose: async () => {
      await store.close();
      await remove();
    },
    reopen: async () => {
      await store.close();
      store = await openStore(dir, options);
      return store;
    },
    expire: async (_, beforeNanos) => {
      await store.expire(beforeNanos);
    },
  };
}
