// The stores in buckets against servers that no one here wrote.
import { describe } from 'vitest';
import { GcsStorage } from '../../src/store/objects/gcs.ts';
import type { ObjectStorage } from '../../src/store/objects/object-storage.ts';
import { openObjectStore } from '../../src/store/objects/object-store.ts';
import { S3Storage } from '../../src/store/objects/s3.ts';
import type { BucketServer } from '../fixtures/bucket-server.ts';
import { findBucketServer, startBucketServer } from '../fixtures/bucket-server.ts';
import { S3_ACCESS, S3_REGION } from '../fixtures/fake-s3.ts';
import type { StoreUnderTest } from '../store/contract.ts';
import { describeStore } from '../store/contract.ts';

const BUCKET = 'profiles';
const PAGE_KEYS = 7;

function describeServer(
  name: string,
  program: string,
  make: (program: string) => Promise<StoreUnderTest>,
): void {
  const found = findBucketServer(program);
  if (found === undefined) console.log(`skipped: ${name} (scripts/bucket-servers.sh could not make it)`);
  describe.skipIf(found === undefined)(program, () => {
    describeStore(name, () => make(found!), ['reopen', 'expire']);
  });
}

function storeOn(server: BucketServer, connect: () => ObjectStorage): StoreUnderTest {
  let store = openObjectStore(connect());
  return {
    store,
    reopen: async () => {
      await store.close();
      store = openObjectStore(connect());
      return store;
    },
    expire: (_, beforeNanos) => store.expire(beforeNanos),
    dispose: async () => {
      await store.close();
      await server.stop();
    },
  };
}

describeServer('a store in S3 by others', 'gofakes3', async (program) => {
  const server = await startBucketServer(program, (port) => [
    ...['-backend', 'memory', '-quiet', '-initialbucket', BUCKET, '-host', `127.0.0.1:${port}`],
  ]);
  const { url: endpoint } = server;
  const options = { bucket: BUCKET, region: S3_REGION, credentials: S3_ACCESS, pageKeys: PAGE_KEYS };
  return storeOn(server, () => new S3Storage({ ...options, endpoint }));
});

describeServer('a store in Google Cloud Storage by others', 'fake-gcs-server', async (program) => {
  const server = await startBucketServer(program, (port) => [
    ...['-backend', 'memory', '-scheme', 'http', '-host', '127.0.0.1', '-port', String(port)],
    ...['-public-host', `127.0.0.1:${port}`],
  ]);
  const { url: endpoint } = server;
  const body = JSON.stringify({ name: BUCKET });
  await fetch(`${endpoint}/storage/v1/b?project=test`, { method: 'POST', body });
  return storeOn(server, () => new GcsStorage({ bucket: BUCKET, endpoint, pageKeys: PAGE_KEYS }));
});
