import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEnvironment } from '../../../src/store/lmdb/environment.ts';
import type { LmdbStore, LmdbStoreOptions } from '../../../src/store/lmdb/lmdb-store.ts';
import { usedBytesOf } from '../../../src/store/lmdb/room.ts';
import type { FigureName } from '../../../src/store/figures.ts';
import type { StoreNews } from '../../../src/store/upkeep-news.ts';
import type { StoredProfile } from '../../../src/store/profile.ts';
import { HOUR, Shelf, START } from '../shelf.ts';
import { makeDir, openStore } from './open-store.ts';

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

async function open(options: Partial<LmdbStoreOptions>): Promise<{ store: LmdbStore; shelf: Shelf }> {
  const store = await openStore(place.dir, options);
  stores.push(store);
  return { store, shelf: new Shelf(store, 'tenant', { reopen: undefined, expire: undefined }) };
}

function figure(store: LmdbStore, name: FigureName, reason?: string): number {
  const found = store.figures().filter((one) => one.name === name);
  return found.find(({ labels }) => reason === undefined || labels['reason'] === reason)?.value ?? 0;
}

/** Anything of this size. */
function writeBytes(shelf: Shelf, bytes: number, createdAtNanos: bigint): Promise<StoredProfile> {
  return shelf.write({ type: 'trace', createdAtNanos, body: randomBytes(bytes) });
}

test('lets go of what was taken too long ago, whenever it came in', async () => {
  const { store, shelf } = await open({ retention: { ageNanos: HOUR } });
  const young = await shelf.write({ timeNanos: START + 2n * HOUR });
  await shelf.write({ timeNanos: START });
  expect(await store.retain(START + 3n * HOUR)).toBe(1);
  expect(await shelf.ids()).toEqual([young.id]);
  expect(await store.statistics('tenant')).toMatchObject({ profiles: 1, oldestNanos: START + 2n * HOUR });
  expect(await store.retain(START + 3n * HOUR + 1n)).toBe(1);
  expect(await store.services('tenant')).toEqual([]);
});

test('lets go of the oldest when all together are over the limit, and of no more', async () => {
  const { store, shelf } = await open({ retention: { limitBytes: 1_100_000 } });
  const written = [];
  for (let i = 0; i < 20; i++) written.push(await writeBytes(shelf, 100_000, START + BigInt((i * 7) % 20)));
  const kept = 20 - (await store.retain(START));
  expect(kept).toBeGreaterThan(8);
  expect(kept).toBeLessThan(11);
  const byTime = written.toSorted((a, b) => Number(a.createdAtNanos - b.createdAtNanos));
  expect(await shelf.ids()).toEqual(byTime.slice(-kept).map(({ id }) => id));
  expect(await store.retain(START)).toBe(0);
});

test('counts symbols and pages that are not full, too', async () => {
  const limitBytes = 1_000_000;
  const { store, shelf } = await open({
    retention: { limitBytes },
    bounds: { segmentBytes: 400_000 },
  });
  for (let i = 0; i < 120; i++)
    await shelf.write({
      timeNanos: START + BigInt(i),
      samples: Array.from({ length: 100 }, (_, j) => ({ stack: `main;function-${i}-${j}`, values: [1] })),
    });
  const gone = await store.retain(START);
  expect(gone).toBeGreaterThan(20);
  expect(gone).toBeLessThan(110);
  expect(await shelf.ids()).toHaveLength(120 - gone);
  const environment = openEnvironment(place.dir);
  expect(usedBytesOf(environment)).toBeLessThanOrEqual(limitBytes);
  await environment.root.close();
});

test('tells what it lets go of and adds up unasked, and when that fails', async () => {
  const news: StoreNews[] = [];
  const { store, shelf } = await open({
    retention: { ageNanos: HOUR, limitBytes: 600_000 },
    upkeepMs: 20,
    onNews: (one) => news.push(one),
  });
  const now = BigInt(Date.now()) * 1_000_000n;
  for (let i = 0; i < 3; i++) await writeBytes(shelf, 100, START);
  for (let i = 0n; i < 10n; i++) await writeBytes(shelf, 100_000, now + i);
  await expect.poll(() => figure(store, 'store_expired_profiles_total', 'age')).toBe(3);
  await expect.poll(() => figure(store, 'store_expired_profiles_total', 'size')).toBeGreaterThan(4);
  for (let i = 0n; i < 9n; i++) await shelf.write({ timeNanos: now + 2n * HOUR + i });
  await store.rollUp(now + 4n * HOUR);
  expect(figure(store, 'store_rolled_up_hours_total')).toBe(1);
  expect(figure(store, 'store_disk_bytes')).toBe((await stat(join(place.dir, 'data.mdb'))).size);
  expect(news.filter(({ kind }) => kind === 'failed')).toEqual([]);
  // From now on another process writes.
  await open({});
  await expect.poll(() => figure(store, 'store_upkeep_failures_total')).toBeGreaterThan(1);
  expect(news).toContainEqual({
    kind: 'failed',
    reason: 'Another process writes to this store now.',
    failures: 1,
  });
});

test('takes no more room for profiles that come and go, whatever they are about', async () => {
  const { store, shelf } = await open({});
  const sizes: number[] = [];
  for (let round = 0; round < 8; round++) {
    const uploads = Array.from({ length: 100 }, (_, i) => {
      const name = `${round}-${i}`;
      return shelf.write({
        timeNanos: START + BigInt(round) * 24n * HOUR,
        service: `service-${round}`,
        labels: { pod: name },
        samples: Array.from({ length: 20 }, (_, j) => ({ stack: `main;${name}-${j}`, values: [1] })),
      });
    });
    const traces = Array.from({ length: 20 }, () => writeBytes(shelf, 20_000, START));
    await Promise.all([...uploads, ...traces]);
    await store.delete('tenant', { selector: shelf.selector() });
    sizes.push((await stat(join(place.dir, 'data.mdb'))).size);
  }
  expect(Math.max(...sizes.slice(3))).toBeLessThan(1.6 * sizes[2]!);
  expect(await store.statistics('tenant')).toMatchObject({ profiles: 0, bytes: 0 });
});
