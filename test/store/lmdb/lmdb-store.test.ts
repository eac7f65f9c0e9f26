import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { describeStore } from '../contract.ts';
import { makeDir, openStore } from './open-store.ts';

describeStore('the embedded store', async () => {
  const { dir, remove } = await makeDir();
  let store = await openStore(dir);
  return {
    store,
    dispose: async () => {
      await store.close();
      await remove();
    },
    reopen: async () => {
      await store.close();
      store = await openStore(dir);
      return store;
    },
    expire: async (_, beforeNanos) => {
      await (store satisfies LmdbStore).expire(beforeNanos);
    },
  };
});

it('opens in a folder whose name has a dot in it, there or not', async () => {
  const { dir, remove } = await makeDir();
  try {
    await mkdir(join(dir, 'data.d'));
    for (const name of ['data.d', 'other.d']) {
      const store = await openStore(join(dir, name));
      expect((await store.statistics('')).profiles).toBe(0);
      await store.close();
    }
  } finally {
    await remove();
  }
});
