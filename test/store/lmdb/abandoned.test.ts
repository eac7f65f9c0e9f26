import { afterEach, beforeEach, expect, test } from 'vitest';
import { Abandonments } from '../../../src/store/lmdb/abandonments.ts';
import type { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { MAX_PAGE_PROFILES } from '../../../src/store/lmdb/points.ts';
import { openEnvironment } from '../../../src/store/lmdb/environment.ts';
import { Reader } from '../../../src/store/lmdb/reader.ts';
import { abandoned } from '../../../src/store/store.ts';
import type { StoreNews } from '../../../src/store/upkeep-news.ts';
import { Shelf, START } from '../shelf.ts';
import { makeDir, openStore } from './open-store.ts';

const ABANDONED = { name: 'StoreError', code: 'abandoned' };
const NO_LABELS = { withSampleLabels: false };

let place: Awaited<ReturnType<typeof makeDir>>;
let store: LmdbStore;
let shelf: Shelf;
beforeEach(async () => {
  place = await makeDir();
  store = await openStore(place.dir);
  shelf = new Shelf(store, 'tenant', { reopen: undefined, expire: undefined });
});
afterEach(async () => {
  await store.close();
  await place.remove();
});

test('a mark tells of its own call only, also when another took its place', () => {
  const [here, there] = [new Abandonments(), new Abandonments()];
  const seen = new Abandonments(here.memory);
  here.add(7);
  expect([seen.has(7), seen.has(8), seen.has(7 + 1_024), there.has(7)]).toEqual([true, false, false, false]);
  here.add(7 + 1_024);
  expect([seen.has(7), seen.has(7 + 1_024)]).toEqual([false, true]);
  here.add(2 ** 32 + 5);
  expect(seen.has(2 ** 32 + 5)).toBe(true);
});

test('a query that nobody waits for fails at once, whether it waits, runs or was never sent', async () => {
  for (let i = 0n; i < 20n; i++) await shelf.write({ timeNanos: START + i });
  const selector = shelf.selector();
  const client = new AbortController();
  const { signal } = client;
  const queries = [
    ...Array.from({ length: 20 }, () => store.merge({ selector }, { ...NO_LABELS, signal })),
    store.list(selector, { signal }),
    store.series(selector, undefined, { signal }),
    shelf.points(selector, 'cpu', []),
    store.points(selector, 'cpu', [], { signal })[Symbol.asyncIterator]().next(),
  ];
  const others = store.merge({ selector }, NO_LABELS);
  client.abort();
  const results = await Promise.allSettled(queries);
  const codes = results.map((result) =>
    result.status === 'rejected' ? (result.reason as Error) : undefined,
  );
  expect(codes.at(-2)).toBeUndefined();
  for (const error of [...codes.slice(1, -2), codes.at(-1)]) expect(error).toMatchObject(ABANDONED);
  await expect(store.list(selector, { signal })).rejects.toMatchObject(ABANDONED);
  expect((await others)?.profiles).toBe(20);
  expect(await shelf.ids()).toHaveLength(20);
});

test('a thread leaves a merge in the middle, and goes on with the next', async () => {
  const ids = [];
  for (let i = 0n; i < 10n; i++) ids.push((await shelf.write({ timeNanos: START + i })).id);
  const environment = openEnvironment(place.dir);
  let looks = 0;
  let lastLook = 3;
  const reader = new Reader(environment, 1_000_000, () => {
    if (++looks === lastLook) throw abandoned();
  });
  const sources = [{ selector: shelf.selector() }, { tenant: 'tenant', ids }];
  for (const source of sources) {
    const merge = () => reader.query(() => reader.merge(source, false));
    expect(merge).toThrow(expect.objectContaining(ABANDONED) as Error);
    expect(looks).toBe(lastLook);
    expect(merge()?.profiles).toBe(10);
    lastLook = looks + 3;
  }
  await environment.root.close();
});

test('a query that is dropped counts as answered: its thread is not taken for a stalled one', async () => {
  await store.close();
  const news: StoreNews[] = [];
  store = await openStore(place.dir, { stallMs: 400, onNews: (one) => news.push(one) });
  const client = new AbortController();
  const query = store.list(shelf.selector(), { signal: client.signal });
  await new Promise(setImmediate);
  client.abort();
  await expect(query).rejects.toMatchObject(ABANDONED);
  await store.statistics('tenant');
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(news.filter(({ kind }) => kind === 'thread_stalled')).toEqual([]);
});

test('points end between two pages when nobody takes them', async () => {
  const upload = shelf.upload({ samples: [{ stack: 'a', values: [1] }] });
  const samples = Array.from({ length: 7_000 }, (_, i) => ({
    stack: 'a',
    values: [1],
    labels: { uri: `/${i}` },
  }));
  for (let i = 0n; i < 4n; i++) await shelf.write({ timeNanos: START + i, samples, splitsSeries: true });
  await store.write(upload);
  expect(4 * samples.length).toBeGreaterThan(MAX_PAGE_PROFILES);
  const client = new AbortController();
  const pages = store.points(shelf.selector(), 'cpu', ['uri'], { signal: client.signal });
  const read = async (): Promise<void> => {
    for await (const page of pages) if (page.length > 0) client.abort();
  };
  await expect(read()).rejects.toMatchObject(ABANDONED);
});
