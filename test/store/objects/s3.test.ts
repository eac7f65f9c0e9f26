import { describe, expect, test } from 'vitest';
import { FakeS3, S3_ACCESS, S3_REGION } from '../../fixtures/fake-s3.ts';
import type { S3Options } from '../../../src/store/objects/s3.ts';
import { credentialsFrom, S3Storage } from '../../../src/store/objects/s3.ts';
import { errorCodeOf, parseListPage } from '../../../src/store/objects/s3-xml.ts';
import { describeStorage } from './storage-contract.ts';

function optionsFor(fake: FakeS3, more: Partial<S3Options> = {}): S3Options {
  return { bucket: fake.name, region: S3_REGION, endpoint: `${fake.url}/`, credentials: S3_ACCESS, ...more };
}

describe('S3', () => {
  describeStorage(
    () => new FakeS3(),
    (fake, send) => new S3Storage(optionsFor(fake, { send, pageKeys: 3 })),
  );

  async function withFake(work: (fake: FakeS3) => Promise<void>): Promise<void> {
    const fake = await new FakeS3().start();
    try {
      await work(fake);
    } finally {
      await fake.stop();
    }
  }

  test('is refused with a wrong secret, in a sentence that does not tell it', async () => {
    await withFake(async (fake) => {
      const credentials = { ...S3_ACCESS, secretAccessKey: 'wrong' };
      const storage = new S3Storage(optionsFor(fake, { credentials }));
      await expect(storage.get('a', 10)).rejects.toMatchObject({
        code: 'unavailable',
        message: 'The object storage refuses: HTTP 403, SignatureDoesNotMatch.',
      });
      await storage.close();
    });
  });

  test('sends the token of temporary credentials, signed', async () => {
    await withFake(async (fake) => {
      const credentials = { ...S3_ACCESS, sessionToken: 'token' };
      const storage = new S3Storage(optionsFor(fake, { credentials }));
      await storage.put('a', Buffer.from('a'));
      expect(fake.requests[0]!.headers).toMatchObject({ 'x-amz-security-token': 'token' });
      expect(fake.requests[0]!.headers.authorization).toContain('x-amz-security-token');
      await storage.close();
    });
  });

  test('does without conditions where the server has none', async () => {
    await withFake(async (fake) => {
      fake.knowsConditions = false;
      const storage = new S3Storage(optionsFor(fake));
      expect(await storage.put('a', Buffer.from('1'), { onlyIfNew: true })).toBe(true);
      expect(String(fake.bucket.objects.get('a'))).toBe('1');
      await storage.close();
    });
  });

  test('reads keys of servers that do not escape them', async () => {
    await withFake(async (fake) => {
      fake.knowsEncoding = false;
      const storage = new S3Storage(optionsFor(fake));
      await storage.put('a+b%20<&>"\'', Buffer.from('1'));
      for await (const { objects } of storage.list({ prefix: 'a' }))
        expect(objects).toEqual([{ key: 'a+b%20<&>"\'', bytes: 1 }]);
      await storage.close();
    });
  });

  test("takes Amazon's names for credentials from the environment, or none", () => {
    const whole = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(credentialsFrom(whole)).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret' });
    expect(credentialsFrom({ ...whole, AWS_SESSION_TOKEN: 't' })?.sessionToken).toBe('t');
    expect(credentialsFrom({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: '' })).toBeUndefined();
  });
});

describe('answers of S3', () => {
  test('are read with entities, and without what stands in them by chance', () => {
    const xml = `<ListBucketResult><IsTruncated>false</IsTruncated>
      <Contents><Key>a&amp;&lt;Key&gt;&#x1F600;&#33;&bogus;</Key><Size>3</Size></Contents></ListBucketResult>`;
    expect(parseListPage(xml)).toEqual({
      objects: [{ key: 'a&<Key>\u{1f600}!&bogus;', bytes: 3 }],
      prefixes: [],
      next: undefined,
    });
  });

  test('that are cut without a token are an error', () => {
    const xml = '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>';
    expect(() => parseListPage(xml)).toThrow('cuts a list');
  });

  test('tell a code only where it looks like one', () => {
    expect(errorCodeOf(Buffer.from('<Error><Code>NoSuchKey</Code></Error>'))).toBe('NoSuchKey');
    expect(errorCodeOf(Buffer.from('<Code>a b <script></Code>'))).toBeUndefined();
    expect(errorCodeOf(Buffer.from('gone'))).toBeUndefined();
  });
});
