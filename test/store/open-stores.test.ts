import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StorageSettings } from '../../src/store/open-stores.ts';
import { openStores } from '../../src/store/open-stores.ts';
import { FakeGcs } from '../fixtures/fake-gcs.ts';
import { FakeS3, S3_ACCESS, S3_REGION } from '../fixtures/fake-s3.ts';
import { Shelf } from './shelf.ts';

describe('a list of storages', () => {
  let s3: FakeS3;
  let gcs: FakeGcs;
  let settings: StorageSettings;

  beforeEach(async () => {
    [s3, gcs] = await Promise.all([new FakeS3().start(), new FakeGcs().start()]);
    settings = {
      s3: { bucket: s3.name, endpoint: s3.url, region: S3_REGION, credentials: S3_ACCESS },
      gcs: { bucket: gcs.name, endpoint: gcs.url },
      clickhouse: { url: s3.url, attempts: 1 },
      onFollowerTrouble: () => undefined,
    };
  });

  afterEach(async () => {
    await s3.stop();
    await gcs.stop();
  });

  test('is one store, which writes the same objects to all of them', async () => {
    const store = await openStores(['s3', 'gcs'], settings);
    const shelf = new Shelf(store, 't', { reopen: undefined, expire: undefined });
    const { id } = await shelf.write();
    expect(await shelf.ids()).toEqual([id]);
    await store.close();
    expect(s3.bucket.objects.size).toBe(2);
    expect(new Map([...gcs.bucket.objects].sort())).toEqual(new Map([...s3.bucket.objects].sort()));
  });

  test('of one is that one', async () => {
    const store = await openStores(['gcs'], settings);
    const shelf = new Shelf(store, 't', { reopen: undefined, expire: undefined });
    await shelf.write();
    expect([s3.requests.length, gcs.bucket.objects.size]).toEqual([0, 2]);
    await store.close();
  });

  test('bounds profiles after decompression in all of them', async () => {
    const store = await openStores(['s3'], { ...settings, maxRawBytes: 50 });
    const shelf = new Shelf(store, 't', { reopen: undefined, expire: undefined });
    await expect(shelf.write()).rejects.toMatchObject({ name: 'StoreError', code: 'too_large' });
    await store.close();
  });

  test('opens none when one of them does not answer', async () => {
    // An S3 server is no ClickHouse.
    const opening = openStores(['s3', 'clickhouse'], settings);
    await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
  });
});
