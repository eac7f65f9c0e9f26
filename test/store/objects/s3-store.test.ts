import { FakeS3, S3_ACCESS, S3_REGION } from '../../fixtures/fake-s3.ts';
import { openObjectStore } from '../../../src/store/objects/object-store.ts';
import { S3Storage } from '../../../src/store/objects/s3.ts';
import { describeStore } from '../contract.ts';
import { onBucket } from './on-bucket.ts';

const PAGE_KEYS = 7;

describeStore(
  'a store in S3',
  async () => {
    const server = await new FakeS3().start();
    const open = () =>
      openObjectStore(
        new S3Storage({
          bucket: server.name,
          region: S3_REGION,
          endpoint: server.url,
          credentials: S3_ACCESS,
          pageKeys: PAGE_KEYS,
        }),
      );
    return onBucket(server, open);
  },
  ['reopen', 'expire'],
);
