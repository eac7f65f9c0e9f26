// Each profile opens a segment of its own, and nothing is kept in memory: the answers are the same.
import { describeStore } from '../contract.ts';
import { makeDir, openStore } from './open-store.ts';

describeStore('the embedded store in the least memory', async () => {
  const { dir, remove } = await makeDir();
  const store = await openStore(dir, { bounds: { segmentBytes: 1, cacheBytes: 1 } });
  return {
    store,
    dispose: async () => {
      await store.close();
      await remove();
    },
  };
});
