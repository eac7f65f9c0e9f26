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
