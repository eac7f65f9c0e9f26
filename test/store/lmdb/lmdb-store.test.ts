import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
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

it.each([
  [
    'holds something else',
    (file: string) => writeFile(file, 'no store at all'.repeat(1_000)),
    'is no file of this store',
  ],
  [
    'is all zeros',
    (file: string) => truncate(file, 0).then(() => truncate(file, 100_000)),
    'is no file of this store',
  ],
  ['was cut short', (file: string) => truncate(file, 8_192), 'was cut short'],
])('does not open, and tells it, where its file %s', async (_, damage, reason) => {
  const { dir, remove } = await makeDir();
  try {
    await (await openStore(dir)).close();
    await damage(join(dir, 'data.mdb'));
    await expect(openStore(dir)).rejects.toThrow(reason);
  } finally {
    await remove();
  }
});

it('opens where its file is there and empty', async () => {
  const { dir, remove } = await makeDir();
  try {
    await writeFile(join(dir, 'data.mdb'), '');
    await (await openStore(dir)).close();
    expect((await readFile(join(dir, 'data.mdb'))).length).toBeGreaterThan(0);
    await (await openStore(dir)).close();
  } finally {
    await remove();
  }
});
