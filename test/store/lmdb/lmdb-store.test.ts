import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeStore } from '../contract.ts';
import { makeDir, makeStore, openStore } from './open-store.ts';

describeStore('the embedded store', () => makeStore(), ['reopen', 'expire']);

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
