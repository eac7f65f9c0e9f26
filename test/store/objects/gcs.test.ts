import { describe, expect, test } from 'vitest';
import { GcsStorage } from '../../../src/store/objects/gcs.ts';
import { openObjectStore } from '../../../src/store/objects/object-store.ts';
import { FakeGcs } from '../../fixtures/fake-gcs.ts';
import { describeStore } from '../contract.ts';
import { describeStorage } from './storage-contract.ts';
import { onBucket } from './on-bucket.ts';

const PAGE_KEYS = 7;

describe('Google Cloud Storage', () => {
  describeStorage(
    () => new FakeGcs(),
    (fake, send) => new GcsStorage({ bucket: fake.name, endpoint: `${fake.url}/`, send, pageKeys: 3 }),
  );

  test('is asked with a token, a new one for every attempt', async () => {
    const fake = await new FakeGcs().start();
    const tokens = ['old', 'new'];
    fake.fault = (_, count) => (count === 1 ? { status: 503 } : undefined);
    fake.token = 'new';
    const token = () => Promise.resolve(tokens.shift()!);
    const send = { pauseMs: 1 };
    const storage = new GcsStorage({ bucket: fake.name, endpoint: fake.url, token, send });
    try {
      expect(await storage.put('a', Buffer.from('1'))).toBe(true);
      const sent = fake.requests.map(({ headers }) => headers.authorization);
      expect(sent).toEqual(['Bearer old', 'Bearer new']);
    } finally {
      await storage.close();
      await fake.stop();
    }
  });

  test('says which reason it is refused for, and not what else the server writes', async () => {
    const fake = await new FakeGcs().start();
    fake.token = 'secret';
    const storage = new GcsStorage({ bucket: fake.name, endpoint: fake.url });
    try {
      await expect(storage.get('a', 10)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The object storage refuses: HTTP 401, authError.',
      });
    } finally {
      await storage.close();
      await fake.stop();
    }
  });
});

describeStore(
  'a store in Google Cloud Storage',
  async () => {
    const server = await new FakeGcs().start();
    const { name: bucket, url: endpoint } = server;
    const open = () => openObjectStore(new GcsStorage({ bucket, endpoint, pageKeys: PAGE_KEYS }));
    return onBucket(server, open);
  },
  ['reopen', 'expire'],
);
