import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CatalogOptions, CatalogStore } from '../../../src/store/catalog/catalog-store.ts';
import type { FigureName } from '../../../src/store/figures.ts';
import { makeProfileId } from '../../../src/store/id.ts';
import { GcsStorage } from '../../../src/store/objects/gcs.ts';
import type { ObjectStoreOptions } from '../../../src/store/objects/object-store.ts';
import { openObjectStore } from '../../../src/store/objects/object-store.ts';
import { S3Storage } from '../../../src/store/objects/s3.ts';
import type { UpkeepNews } from '../../../src/store/upkeep-news.ts';
import { FakeGcs } from '../../fixtures/fake-gcs.ts';
import { FakeS3, S3_ACCESS, S3_REGION } from '../../fixtures/fake-s3.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { HOUR, Shelf, START } from '../shelf.ts';

const DAY_MS = 86_400_000;
const send = { attempts: 2, pauseMs: 1 };

const kinds = [
  {
    name: 's3',
    makeFake: () => new FakeS3(),
    connect: ({ name: bucket, url: endpoint }: FakeS3 | FakeGcs) =>
      new S3Storage({ bucket, endpoint, region: S3_REGION, credentials: S3_ACCESS, pageKeys: 3, send }),
  },
  {
    name: 'gcs',
    makeFake: () => new FakeGcs(),
    connect: ({ name: bucket, url: endpoint }: FakeS3 | FakeGcs) =>
      new GcsStorage({ bucket, endpoint, pageKeys: 3, send }),
  },
];

describe.each(kinds)('old profiles in $name', ({ name, makeFake, connect }) => {
  let server: FakeS3 | FakeGcs;
  let stores: CatalogStore[];

  beforeEach(async () => {
    server = await makeFake().start();
    stores = [];
  });

  afterEach(async () => {
    for (const store of stores) await store.close();
    await server.stop();
  });

  function open(options: ObjectStoreOptions = {}): CatalogStore {
    const store = openObjectStore(connect(server), options);
    stores.push(store);
    return store;
  }

  function shelfOf(store: CatalogStore, tenant: string): Shelf {
    return new Shelf(store, tenant, { reopen: undefined, expire: undefined });
  }

  /** Eight old ones of two tenants, and one that is young at START + 24 hours. */
  async function fill(): Promise<Shelf> {
    const store = open();
    const [mine, yours] = [shelfOf(store, 'mine'), shelfOf(store, 'your/s')];
    for (let i = 0n; i < 4n; i++) {
      await mine.write({ service: `s${i % 2n}`, type: i < 2n ? 'cpu' : 'wall', timeNanos: START + i });
      await yours.write({ timeNanos: START + i });
    }
    await mine.write({ timeNanos: START + 12n * HOUR });
    return mine;
  }

  function figure(store: CatalogStore, wanted: FigureName): number {
    const found = store.figures().filter((one) => one.name === wanted);
    expect(found.every(({ labels }) => labels['storage'] === name)).toBe(true);
    return found.reduce((sum, { value }) => sum + value, 0);
  }

  function serverAt(hours: bigint, options: CatalogOptions = {}): CatalogStore {
    const now = () => START + hours * HOUR;
    return open({ now, retentionMs: DAY_MS, firstExpiryMs: 1, ...options });
  }

  test('of all tenants go by themselves, with their records, and young ones stay', async () => {
    const mine = await fill();
    const store = serverAt(25n);
    await expect.poll(() => figure(store, 'store_expired_profiles_total')).toBe(8);
    expect([...server.bucket.objects.keys()].filter((key) => key.startsWith('v1/'))).toHaveLength(1);
    expect(server.bucket.objects.size).toBe(2);
    expect(await mine.ids()).toHaveLength(1);
    expect(figure(store, 'storage_requests_total')).toBeGreaterThan(16);
    expect(figure(store, 'storage_failures_total')).toBe(0);
  });

  test('go once when several servers share the bucket, and none of them minds', async () => {
    const mine = await fill();
    const news: UpkeepNews[] = [];
    const both = [1, 2].map(() => serverAt(25n, { onNews: (one) => news.push(one) }));
    const gone = (store: CatalogStore): number => figure(store, 'store_expired_profiles_total');
    await expect.poll(() => both.reduce((sum, store) => sum + gone(store), 0)).toBeGreaterThanOrEqual(8);
    await expect.poll(() => server.bucket.objects.size).toBe(2);
    expect(news.every(({ kind }) => kind === 'expired')).toBe(true);
    expect(await mine.ids()).toHaveLength(1);
  });

  test('stay where none are too old, where they are kept for ever, and where profefe has put them', async () => {
    await fill();
    const place = `P0.svc/1/${makeProfileId(START)}`;
    const body = makePprof({ samples: [{ stack: 'old', values: [1] }] });
    server.bucket.objects.set(place, Buffer.from(body));
    open({ now: () => START + 10_000n * HOUR, retentionMs: 0, firstExpiryMs: 1 });
    expect(await serverAt(24n).expire(START)).toBe(0);
    expect(server.bucket.objects.size).toBe(19);
    expect(await open({ profefeTenant: 'mine' }).expire(START + 24n * HOUR)).toBe(9);
    expect([...server.bucket.objects.keys()]).toEqual([place]);
  });

  test('that cannot be deleted are told of, and tried again', async () => {
    await fill();
    server.fault = ({ method }) => (method === 'DELETE' ? { status: 503 } : undefined);
    const news: UpkeepNews[] = [];
    const store = serverAt(25n, { onNews: (one) => news.push(one) });
    await expect.poll(() => news).toMatchObject([{ kind: 'failed', failures: 1 }]);
    expect(figure(store, 'store_upkeep_failures_total')).toBe(1);
    expect(figure(store, 'storage_retries_total')).toBeGreaterThan(0);
    expect(figure(store, 'storage_failures_total')).toBeGreaterThan(0);
    server.fault = () => undefined;
    expect(await store.expire(START + HOUR)).toBeGreaterThan(0);
    expect(server.bucket.objects.size).toBe(2);
  });

  test('a query ends when its asker is gone, and asks the bucket for no more', async () => {
    const mine = await fill();
    const client = new AbortController();
    const { signal } = client;
    const before = server.requests.length;
    server.fault = () => {
      client.abort();
      return undefined;
    };
    const { store } = mine;
    const selector = mine.selector();
    const abandoned = { name: 'StoreError', code: 'abandoned' };
    await expect(store.list(selector, { signal })).rejects.toMatchObject(abandoned);
    await expect(store.series(selector, [], { signal })).rejects.toMatchObject(abandoned);
    const merge = store.merge({ selector }, { withSampleLabels: false, signal });
    await expect(merge).rejects.toMatchObject(abandoned);
    const points = store.points(selector, 'cpu', [], { signal })[Symbol.asyncIterator]();
    await expect(points.next()).rejects.toMatchObject(abandoned);
    // The listings of services, types and keys only: no record and no body.
    expect(server.requests.slice(before).every(({ method }) => method === 'GET')).toBe(true);
    expect(server.requests.slice(before).some(({ target }) => target.includes('v1-records'))).toBe(false);
  });
});
