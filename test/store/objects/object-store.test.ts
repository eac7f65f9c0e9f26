import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CatalogStore } from '../../../src/store/catalog/catalog-store.ts';
import { ObjectCatalog } from '../../../src/store/objects/object-catalog.ts';
import { openObjectStore } from '../../../src/store/objects/object-store.ts';
import { OwnLayout } from '../../../src/store/objects/own-layout.ts';
import { S3Storage } from '../../../src/store/objects/s3.ts';
import type { ProfileStore } from '../../../src/store/store.ts';
import { FakeS3, S3_ACCESS, S3_REGION } from '../../fixtures/fake-s3.ts';
import { HOUR, SECOND, Shelf, START } from '../shelf.ts';

const NO_TRAITS = { reopen: undefined, expire: undefined };

describe('a store in a bucket', () => {
  let server: FakeS3;
  const stores: ProfileStore[] = [];

  beforeEach(async () => {
    server = await new FakeS3().start();
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await server.stop();
  });

  function connect(): S3Storage {
    const send = { attempts: 2, pauseMs: 1 };
    const { name: bucket, url: endpoint } = server;
    return new S3Storage({ bucket, endpoint, region: S3_REGION, credentials: S3_ACCESS, send });
  }

  function openShelf(make: (storage: S3Storage) => ProfileStore = openObjectStore): Shelf {
    const store = make(connect());
    stores.push(store);
    return new Shelf(store, 't', NO_TRAITS);
  }

  const keys = () => [...server.bucket.objects.keys()];

  /** By bound. */
  function hits(store: ProfileStore): Record<string, number> {
    const figures = (store.figures?.() ?? []).filter(({ name }) => name === 'store_bounds_hit_total');
    return Object.fromEntries(figures.map(({ labels, value }) => [labels['bound']!, value]));
  }

  test('loses nothing when several machines write at once', async () => {
    const shelves = [openShelf(), openShelf(), openShelf()];
    const written = await Promise.all(
      Array.from({ length: 60 }, (_, i) => shelves[i % 3]!.write({ timeNanos: START + BigInt(i % 7) })),
    );
    for (const shelf of shelves)
      expect((await shelf.ids()).toSorted()).toEqual(written.map(({ id }) => id).toSorted());
    expect(await shelves[0]!.sum()).toEqual(['main;work=60']);
  });

  test('asks for the keys of the window only', async () => {
    const shelf = openShelf();
    for (let i = 0; i < 20; i++) await shelf.write({ timeNanos: START + BigInt(i) * HOUR });
    server.requests.length = 0;
    const window = {
      service: 'svc1',
      type: 'cpu',
      fromNanos: START + 18n * HOUR,
      untilNanos: START + 19n * HOUR,
    };
    expect(await shelf.ids(window)).toHaveLength(2);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]!.target).toContain(
      `start-after=${encodeURIComponent('v1/t/svc1/cpu/20190101/18/')}`,
    );
    server.requests.length = 0;
    await shelf.ids(window);
    expect(server.requests).toHaveLength(1);
  });

  test('does not list services that the matchers leave out', async () => {
    const shelf = openShelf();
    for (const service of ['a', 'b', 'c']) await shelf.write({ service });
    server.requests.length = 0;
    expect(await shelf.ids({}, 'service_name=b', '__name__=process_cpu')).toHaveLength(1);
    expect(server.requests.filter(({ target }) => /svc|v1%2Ft%2F[ac]/.test(target))).toEqual([]);
  });

  test('shows nothing of a write that failed in the middle, and takes it again', async () => {
    const shelf = openShelf();
    server.fault = ({ target }) => (target.includes('/v1/') ? { status: 500 } : undefined);
    const upload = { ...shelf.upload(), id: 'bgkm9o3ipt32jfck6kt0' };
    await expect(shelf.store.write(upload)).rejects.toMatchObject({ code: 'unavailable' });
    server.fault = () => undefined;
    expect(keys()).toHaveLength(1);
    expect(await shelf.ids()).toEqual([]);
    expect(await shelf.store.services('t')).toEqual([]);
    expect(await shelf.store.read('t', upload.id)).toBeUndefined();
    await shelf.store.write(upload);
    expect(await shelf.ids()).toEqual([upload.id]);
  });

  test('writes once what was kept though the answer was lost', async () => {
    const shelf = openShelf();
    server.fault = (_, count) => (count % 2 === 1 ? 'reset after' : undefined);
    const { id } = await shelf.write();
    server.fault = () => undefined;
    expect(await shelf.ids()).toEqual([id]);
    expect(keys()).toHaveLength(2);
  });

  test('never writes over another profile with the same id', async () => {
    const shelf = openShelf();
    const { id } = await shelf.write({ labels: { a: '1' } });
    const again = shelf.write({ labels: { a: '2' }, id });
    await expect(again).rejects.toMatchObject({ name: 'StoreError', code: 'broken' });
    expect(await shelf.ids({}, 'a=1')).toEqual([id]);
  });

  test('passes over what others have put into the bucket', async () => {
    const shelf = openShelf();
    const { id } = await shelf.write();
    const strange = [
      'v1/t/svc1/cpu/README',
      'v1/t/svc1/cpu/20190101/00/x-y',
      'v1/t/%zz/x',
      'v1/t/x',
      'other',
    ];
    for (const key of strange) server.bucket.objects.set(key, Buffer.from('?'));
    expect(await shelf.ids()).toEqual([id]);
    expect(await shelf.store.services('t')).toEqual(['svc1']);
    expect(await shelf.store.statistics('t')).toMatchObject({ profiles: 1 });
  });

  test('says that a record or a body is damaged, instead of answering without it', async () => {
    const shelf = openShelf();
    const { id } = await shelf.write();
    const body = keys().find((key) => key.startsWith('v1/'))!;
    server.bucket.objects.set(body, Buffer.from('?'));
    await expect(shelf.sum()).rejects.toMatchObject({ name: 'StoreError', code: 'broken' });
    server.bucket.objects.set(`v1-records/t/${id}`, Buffer.from('?'));
    const fresh = openShelf();
    await expect(fresh.ids()).rejects.toMatchObject({ name: 'StoreError', code: 'broken' });
  });

  test('forgets what was deleted by another machine', async () => {
    const [mine, theirs] = [openShelf(), openShelf()];
    const { id } = await mine.write();
    const other = await mine.write({ timeNanos: START + SECOND });
    await mine.sum();
    expect(await theirs.store.delete('t', { id })).toBe(1);
    expect(await mine.ids()).toEqual([other.id]);
    expect(await mine.store.read('t', id)).toBeUndefined();
    const merged = await mine.store.merge({ tenant: 't', ids: [id, other.id] }, { withSampleLabels: false });
    expect(merged).toMatchObject({ profiles: 1, missingIds: [id] });
    expect(keys()).toHaveLength(2);
  });

  test('refuses a question that means too many profiles', async () => {
    const shelf = openShelf(
      (storage) => new CatalogStore(new ObjectCatalog(storage, new OwnLayout(storage), [], 3)),
    );
    for (let i = 0; i < 4; i++) await shelf.write({ timeNanos: START + BigInt(i) * SECOND });
    expect(await shelf.ids({ untilNanos: START + 2n * SECOND })).toHaveLength(3);
    await expect(shelf.ids()).rejects.toMatchObject({ name: 'StoreError', code: 'too_large' });
    expect(hits(shelf.store)).toEqual({ window_profiles: 1, record_cache: 0 });
  });

  test('refuses uploads while too many bytes are on their way, and takes them again later', async () => {
    const { length } = new Shelf(server as never, 't', NO_TRAITS).upload().body;
    const shelf = openShelf((storage) => openObjectStore(storage, { maxPendingBytes: 2 * length }));
    const results = await Promise.allSettled([shelf.write(), shelf.write(), shelf.write()]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { name: 'StoreError', code: 'unavailable' } });
    await shelf.write({ body: Buffer.from('?') }).catch(() => undefined);
    await Promise.all([shelf.write(), shelf.write()]);
    expect(await shelf.ids()).toHaveLength(4);
    expect(hits(shelf.store)).toMatchObject({ pending_bytes: 1 });
  });

  test('says that the storage does not answer, for every question', async () => {
    const shelf = openShelf();
    await shelf.write();
    server.fault = () => ({ status: 503 });
    const { store } = shelf;
    const questions = [
      () => shelf.write(),
      () => shelf.ids(),
      () => shelf.sum(),
      () => store.services('t'),
      () => store.statistics('t'),
    ];
    for (const ask of questions)
      await expect(ask()).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
  });
});
