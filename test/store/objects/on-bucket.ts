// A store on the bucket of a server that a test has started: opened again where the suite asks for it, and gone with its server.
import type { CatalogStore } from '../../../src/store/catalog/catalog-store.ts';

export function onBucket(server: { stop(): Promise<void> }, open: () => CatalogStore) {
  let store = open();
  return {
    store,
    reopen: async (): Promise<CatalogStore> => {
      await store.close();
      store = open();
      return store;
    },
    expire: (_: unknown, beforeNanos: bigint) => store.expire(beforeNanos),
    dispose: async (): Promise<void> => {
      await store.close();
      await server.stop();
    },
  };
}
