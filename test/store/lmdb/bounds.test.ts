import { randomBytes } from 'node:crypto';
import { stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEnvironment } from '../../../src/store/lmdb/environment.ts';
import type { LmdbStore, LmdbStoreOptions } from '../../../src/store/lmdb/lmdb-store.ts';
import { MAX_PAGE_POINTS } from '../../../src/store/lmdb/points.ts';
import { checkRoom, fittingBytes } from '../../../src/store/lmdb/room.ts';
import { Shelf, START } from '../shelf.ts';
import { makeDir, openStore } from './open-store.ts';

const TENANT = 'tenant';
let place: Awaited<ReturnType<typeof makeDir>>;
let stores: LmdbStore[];
beforeEach(async () => {
  place = await makeDir();
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await place.remove();
});

async function open(options: Partial<LmdbStoreOptions> = {}): Promise<{ store: LmdbStore; shelf: Shelf }> {
  const store = await openStore(place.dir, options);
  stores.push(store);
  return { store, shelf: new Shelf(store, TENANT, { reopen: undefined, expire: undefined }) };
}

test('keeps its folder to itself', async () => {
  await open();
  expect((await stat(place.dir)).mode & 0o777).toBe(0o700);
});

test('says why a store cannot be opened', async () => {
  const file = join(place.dir, 'file');
  await writeFile(file, '');
  await expect(openStore(file)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining(`The store in ${file} cannot be opened:`) as string,
  });
});

test('refuses uploads when too many bytes wait for the disk, and takes them again later', async () => {
  const { store, shelf } = await open({ bounds: { pendingBytes: 1_000 } });
  const upload = { type: 'trace', createdAtNanos: START, body: randomBytes(600) };
  const first = shelf.write(upload);
  await expect(shelf.write(upload)).rejects.toMatchObject({ code: 'unavailable' });
  await first;
  await shelf.write(upload);
  const labels = { storage: 'lmdb', bound: 'pending_bytes' };
  expect(store.figures()).toContainEqual({ name: 'store_bounds_hit_total', labels, value: 1 });
  expect(await shelf.ids()).toHaveLength(2);
});

test('gives points page by page, each once', async () => {
  const { store, shelf } = await open();
  const perProfile = 9_000;
  const samples = Array.from({ length: perProfile }, (_, i) => ({
    stack: 'main',
    values: [1 + i],
    labels: { uri: `/${i}` },
  }));
  for (let i = 0n; i < 5n; i++) await shelf.write({ timeNanos: START + i, samples, splitsSeries: true });
  await shelf.write({ service: 'other', timeNanos: START, samples: [{ stack: 'main', values: [1] }] });
  const pages: number[] = [];
  const seen = new Set<string>();
  for await (const page of store.points(shelf.selector(), 'cpu', ['uri', 'service_name'])) {
    pages.push(page.length);
    for (const { labels, timeNanos } of page) seen.add(`${timeNanos}${labels.join()}`);
  }
  expect(pages).toEqual([3 * perProfile, 2 * perProfile + 1]);
  expect(pages[0]).toBeGreaterThanOrEqual(MAX_PAGE_POINTS);
  expect(seen.size).toBe(5 * perProfile + 1);
});

test('leaves writing to the one who opened the store last', async () => {
  const { shelf } = await open();
  await shelf.write();
  const { shelf: newer } = await open();
  await expect(shelf.write()).rejects.toMatchObject({ code: 'unavailable' });
  await newer.write();
  expect(await newer.sum()).toEqual(['main;work=2']);
});

test('counts a time that 64 bits cannot hold as malformed', async () => {
  const { shelf } = await open();
  const body = randomBytes(1);
  await expect(shelf.write({ type: 'trace', createdAtNanos: 2n ** 63n, body })).rejects.toMatchObject({
    code: 'malformed',
  });
  const { id } = await shelf.write({ type: 'trace', createdAtNanos: -(2n ** 63n), body });
  expect(await shelf.ids({ fromNanos: -(2n ** 80n), untilNanos: 2n ** 80n })).toEqual([id]);
});

test('leaves the last of a disk to deletions; what they free in the file counts as room', async () => {
  const { store, shelf } = await open();
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push((await shelf.write({ type: 'trace', body: randomBytes(50_000) })).id);
  const environment = openEnvironment(place.dir);
  const check = (): void => {
    checkRoom(environment, 700_000, 100_000);
  };
  expect(check).toThrow('The disk of the store is full, but for what deletions need.');
  for (const id of ids.slice(5)) await store.delete(TENANT, { id });
  await setTimeout(10);
  expect(check).not.toThrow();
  await environment.root.close();
  const { shelf: full } = await open({ bounds: { reserveBytes: Number.MAX_SAFE_INTEGER } });
  await expect(full.write()).rejects.toMatchObject({ code: 'full' });
});

test('takes no more of a small disk than is there, where nobody says how much', async () => {
  expect(fittingBytes(place.dir, 1_000)).toBe(1_000);
  const { bavail, bsize } = await statfs(place.dir);
  const fitting = fittingBytes(place.dir, Number.MAX_SAFE_INTEGER);
  expect(fitting / (bavail * bsize)).toBeCloseTo(0.8, 1);
});
