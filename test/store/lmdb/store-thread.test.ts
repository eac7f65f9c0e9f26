import { rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import type { StoreNews } from '../../../src/store/upkeep-news.ts';
import { Shelf, START } from '../shelf.ts';
import { makeDir, openStore, workerFile } from './open-store.ts';

const DEAD = { name: 'StoreError', code: 'unavailable', message: expect.stringContaining('ended') as string };
/** Of a query or an upload: its thread dies of it. */
const DEATHS = ['exit', 'throw', 'memory'] as const;

let place: Awaited<ReturnType<typeof makeDir>>;
let store: LmdbStore;
let shelf: Shelf;
let news: StoreNews[];

beforeEach(async () => {
  place = await makeDir();
  news = [];
  store = await openStore(place.dir, {
    worker: workerFile('mortal-worker'),
    bounds: { heapMb: 64 },
    onNews: (one) => news.push(one),
  });
  shelf = new Shelf(store, 'tenant', { reopen: undefined, expire: undefined });
});

afterEach(async () => {
  await store.close();
  await place.remove();
});

function restarts(): readonly [string, number][] {
  return store
    .figures()
    .filter(({ name }) => name === 'store_thread_restarts_total')
    .map(({ labels, value }) => [labels['thread']!, value]);
}

describe.each(DEATHS)('a thread that dies by %s', (how) => {
  test('as the writer comes back, with all that was acknowledged', async () => {
    const { id } = await shelf.write();
    const onItsWay = [shelf.write({ service: how }), shelf.write({ service: how })];
    const results = await Promise.allSettled(onItsWay);
    expect(results[0]).toMatchObject({ status: 'rejected', reason: DEAD });
    const next = await shelf.write({ timeNanos: START + 1n });
    expect(await shelf.ids({ service: 'svc1' })).toEqual([id, next.id]);
    expect(await store.delete('tenant', { id })).toBe(1);
    expect(restarts()).toContainEqual(['writer', expect.any(Number)]);
  });

  test('as the reader comes back, and the writer does not notice', async () => {
    const { id } = await shelf.write();
    const queries = [shelf.ids({ service: how }), shelf.ids()];
    await expect(queries[0]).rejects.toMatchObject(DEAD);
    await queries[1]!.catch(() => undefined);
    const next = await shelf.write({ timeNanos: START + 1n });
    expect(await shelf.sum()).toEqual(['main;work=2']);
    expect(await shelf.ids()).toEqual([id, next.id]);
    expect(restarts()).toEqual([['reader', 1]]);
    expect(news.map((one) => ('role' in one ? `${one.role} ${one.kind}` : one.kind))).toEqual([
      'reader thread_ended',
      'reader thread_restarted',
    ]);
  });
});

test('a writer that dies between its commit and its answer has kept the profile', async () => {
  await expect(shelf.write({ service: 'written' })).rejects.toMatchObject(DEAD);
  await shelf.write();
  expect(await shelf.ids({ service: 'written' })).toHaveLength(1);
  expect(await shelf.sum()).toEqual(['main;work=2']);
});

test('threads come back again and again, more slowly each time, and say so each time', async () => {
  for (let i = 0; i < 4; i++) await expect(shelf.ids({ service: 'exit' })).rejects.toMatchObject(DEAD);
  expect(await shelf.ids()).toEqual([]);
  const ends = news.filter((one) => one.kind === 'thread_ended');
  expect(ends.map(({ pauseMs }) => pauseMs)).toEqual([0, 250, 500, 1_000]);
  expect(ends[0]!.reason).toBe('it ended with code 3');
  expect(restarts()).toEqual([['reader', 4]]);
});

test('a start that fails is told to those who wait for it, and is tried again', async () => {
  const { id } = await shelf.write();
  await rename(place.dir, `${place.dir}.away`);
  await writeFile(place.dir, '');
  await expect(shelf.ids({ service: 'exit' })).rejects.toMatchObject(DEAD);
  await expect(shelf.ids()).rejects.toMatchObject({ code: 'unavailable' });
  await rm(place.dir);
  await rename(`${place.dir}.away`, place.dir);
  await vi.waitFor(async () => {
    expect(await shelf.ids()).toEqual([id]);
  }, 10_000);
  expect(news).toContainEqual(expect.objectContaining({ kind: 'thread_failed', role: 'reader' }));
});

test('a thread that does not answer is told of once, and when it does again', async () => {
  await store.close();
  store = await openStore(place.dir, {
    worker: workerFile('mortal-worker'),
    stallMs: 50,
    onNews: (one) => news.push(one),
  });
  shelf = new Shelf(store, 'tenant', shelf.traits);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(news).toEqual([]);
  expect(await shelf.ids({ service: 'hang' })).toEqual([]);
  const waitedMs = expect.any(Number) as number;
  expect(news).toEqual([
    { kind: 'thread_stalled', role: 'reader', waitedMs },
    { kind: 'thread_moved', role: 'reader', waitedMs },
  ]);
});

test('a store can be closed while its threads are dead, and takes nothing then', async () => {
  for (let i = 0; i < 3; i++) await expect(shelf.ids({ service: 'exit' })).rejects.toMatchObject(DEAD);
  await store.close();
  await expect(shelf.ids()).rejects.toMatchObject({ code: 'unavailable', message: 'The store is closed.' });
  await expect(shelf.write()).rejects.toMatchObject({ code: 'unavailable', message: 'The store is closed.' });
  store = await openStore(place.dir);
});

test('a new writer leaves the store to another process that has taken it meanwhile', async () => {
  const other = await openStore(place.dir);
  try {
    await expect(shelf.write({ service: 'exit' })).rejects.toMatchObject(DEAD);
    await expect(shelf.write()).rejects.toMatchObject({
      message: 'Another process writes to this store now.',
    });
    await new Shelf(other, 'tenant', shelf.traits).write();
  } finally {
    await other.close();
  }
});

test('a writer that is short of memory begins no transaction', async () => {
  const { dir, remove } = await makeDir();
  const tight = await openStore(dir, { bounds: { heapShare: 0 } });
  try {
    await expect(new Shelf(tight, 't', shelf.traits).write()).rejects.toMatchObject({
      code: 'unavailable',
      message: "The store's writer is short of memory.",
    });
  } finally {
    await tight.close();
    await remove();
  }
});

test('a store whose writer does not answer is not well, until it does', async () => {
  await store.close();
  const worker = workerFile('mortal-worker');
  store = await openStore(place.dir, { worker, stallMs: 50, onNews: (one) => news.push(one) });
  shelf = new Shelf(store, 'tenant', shelf.traits);
  const write = shelf.write({ service: 'hang' });
  await vi.waitFor(() => {
    expect(news).toMatchObject([{ kind: 'thread_stalled', role: 'writer' }]);
  });
  await expect(store.statistics('tenant')).rejects.toMatchObject({ code: 'unavailable' });
  await write;
  expect(await store.statistics('tenant')).toMatchObject({ profiles: 1 });
});
