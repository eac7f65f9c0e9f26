import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeProfileId } from '../../../src/store/id.ts';
import { openObjectStore } from '../../../src/store/objects/object-store.ts';
import { S3Storage } from '../../../src/store/objects/s3.ts';
import { stacksOf, makePprof } from '../../fixtures/pprof-samples.ts';
import { FakeS3, S3_ACCESS, S3_REGION } from '../../fixtures/fake-s3.ts';
import { HOUR, labelsOf, SECOND, Shelf, START } from '../shelf.ts';

describe('a bucket that profefe has filled', () => {
  let server: FakeS3;
  let shelf: Shelf;

  beforeEach(async () => {
    server = await new FakeS3().start();
    const { name: bucket, url: endpoint } = server;
    const access = { bucket, endpoint, region: S3_REGION, credentials: S3_ACCESS, pageKeys: 2 };
    const store = openObjectStore(new S3Storage(access), { profefeTenant: 't' });
    shelf = new Shelf(store, 't', { reopen: undefined, expire: undefined });
  });

  afterEach(async () => {
    await shelf.store.close();
    await server.stop();
  });

  /** Puts an object there as profefe does; returns its id. */
  function put(place: string, timeNanos: bigint, labels = '', body?: Uint8Array): string {
    const id = makeProfileId(timeNanos);
    const samples = [{ stack: 'old', values: [1], labels: { uri: '/a' } }];
    server.bucket.objects.set(
      `P0.${place}/${id}${labels}`,
      Buffer.from(body ?? makePprof({ samples, timeNanos })),
    );
    return id;
  }

  test('is listed with services, types, labels and times, and read byte for byte', async () => {
    const id = put('svc1/1', START + 123n, ',env=prod,path=%2Fa');
    const listed = await shelf.store.list(shelf.selector({ service: 'svc1', type: 'cpu' }, 'env=prod'));
    expect(listed).toMatchObject([
      {
        id,
        service: 'svc1',
        type: 'cpu',
        labels: labelsOf({ env: 'prod', path: '/a' }),
        createdAtNanos: START,
      },
    ]);
    expect(listed[0]!.sampleTypes).toEqual([{ type: 'cpu', unit: 'nanoseconds' }]);
    const read = await shelf.store.read('t', id);
    expect(read!.profile).toEqual(listed[0]);
    expect(Buffer.from(read!.body)).toEqual([...server.bucket.objects.values()][0]);
    expect(await shelf.store.services('t')).toEqual(['svc1']);
    expect(await shelf.store.series(shelf.selector(), ['__name__', 'env', 'uri'])).toEqual([
      [['__name__', 'process_cpu'], ['env', 'prod']],
    ]); // prettier-ignore
  });

  test('is found without a type, also when a later type has newer profiles', async () => {
    put('svc1/128', START + 48n * HOUR, '', Buffer.from('trace'));
    put('svc1/1', START + 48n * HOUR);
    const heap = put('svc1/2', START);
    expect(await shelf.ids({ untilNanos: START + HOUR })).toEqual([heap]);
  });

  test('is found in windows of whole seconds, both ends included, the newest up to a limit', async () => {
    const ids = [-3600n, 0n, 59n, 60n, 3600n].map((seconds) => put('svc1/1', START + seconds * SECOND));
    const window = { service: 'svc1', fromNanos: START, untilNanos: START + 60n * SECOND };
    expect(await shelf.ids(window)).toEqual(ids.slice(1, 4));
    const newest = await shelf.store.list(shelf.selector(window), { limit: 2 });
    expect(newest.map(({ id }) => id)).toEqual(ids.slice(2, 4));
  });

  test('has services with slashes under both names', async () => {
    const id = put('a__b/1', START);
    expect(await shelf.ids({ service: 'a/b' })).toEqual([id]);
    expect(await shelf.ids({ service: 'a__b' })).toEqual([id]);
    expect(await shelf.store.services('t')).toEqual(['a__b']);
  });

  test('adds up with what is written now', async () => {
    const old = put('svc1/1', START);
    const fresh = await shelf.write({ timeNanos: START + SECOND, samples: [{ stack: 'new', values: [2] }] });
    expect(await shelf.ids({ service: 'svc1' })).toEqual([old, fresh.id]);
    expect(await shelf.sum({ service: 'svc1' })).toEqual(['new=2', 'old=1']);
    const merged = await shelf.store.merge(
      { tenant: 't', ids: [old, fresh.id, old] },
      { withSampleLabels: true },
    );
    expect(stacksOf(merged!.pprof)).toEqual(['new=2', 'old=2']);
    expect(await shelf.points(shelf.selector(), 'cpu', [])).toMatchObject([{ value: 1 }, { value: 2 }]);
    expect(await shelf.store.statistics('t')).toMatchObject({ profiles: 2, oldestNanos: START });
  });

  test('is read by a whole key, as profefe named it, and by an id that was not listed before', async () => {
    put('other/2', START);
    const id = put('svc1/128', START, ',k=v', Buffer.from('anything'));
    expect((await shelf.store.read('t', `P0.svc1/128/${id},k=v`))?.profile.id).toBe(id);
    expect(String((await shelf.store.read('t', id))?.body)).toBe('anything');
    for (const wrong of [makeProfileId(START), `P0.svc1/128/${id.slice(0, 10)}`, 'P0.', `P0.svc1/1/${id}`])
      expect(await shelf.store.read('t', wrong)).toBeUndefined();
  });

  test('is nothing to other tenants', async () => {
    const id = put('svc1/1', START);
    const other = 'other';
    expect(await shelf.ids({ tenant: other })).toEqual([]);
    expect(await shelf.store.services(other)).toEqual([]);
    expect(await shelf.store.read(other, id)).toBeUndefined();
    expect(await shelf.store.read(other, `P0.svc1/1/${id}`)).toBeUndefined();
    expect(await shelf.store.statistics(other)).toMatchObject({ profiles: 0 });
  });

  test('passes over keys that are none, and tells bodies that cannot be added up', async () => {
    const id = put('svc1/1', START, '', Buffer.from('heap profile: 1: 2 [3: 4]'));
    for (const key of [
      'P0.svc1/1/xxx',
      'P0.svc1',
      'P0.svc1/7/x',
      'P0.svc1/cpu/x',
      `P0.svc1/1/${id.slice(0, -1)}1`,
    ])
      server.bucket.objects.set(key, Buffer.from('?'));
    expect(await shelf.ids({ service: 'svc1' })).toEqual([id]);
    await expect(shelf.sum({ service: 'svc1' })).rejects.toMatchObject({ code: 'incompatible' });
    expect(String((await shelf.store.read('t', id))?.body)).toContain('heap profile');
  });

  test('lets its profiles be deleted', async () => {
    const [first, second] = [put('svc1/1', START), put('svc1/1', START + SECOND)];
    expect(await shelf.store.delete('t', { id: first })).toBe(1);
    expect(await shelf.store.delete('t', { id: first })).toBe(0);
    expect(await shelf.ids()).toEqual([second]);
    expect(server.bucket.objects.size).toBe(1);
  });
});
