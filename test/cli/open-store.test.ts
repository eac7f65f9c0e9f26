import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/cli/open-store.ts';
import { loadServeConfig } from '../../src/config/serve-config.ts';
import type { ServeConfig } from '../../src/config/serve-config.ts';
import { EventLog } from '../../src/observe/events.ts';
import { FakeGcs } from '../fixtures/fake-gcs.ts';
import { FakeS3, S3_ACCESS, S3_REGION } from '../fixtures/fake-s3.ts';
import { Shelf } from '../store/shelf.ts';

let log: Record<string, unknown>[] = [];

function makeEvents(): EventLog {
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      log.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  return new EventLog(pino({ level: 'debug' }, sink));
}

function configOf(given: Readonly<Record<string, string>>): ServeConfig {
  const flags = Object.entries(given).map(
    ([name, value]) => [name, { texts: [value], origin: `--${name}` }] as const,
  );
  return loadServeConfig(new Map(flags), {});
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(() => {
  log = [];
  vi.stubEnv('AWS_ACCESS_KEY_ID', S3_ACCESS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', S3_ACCESS.secretAccessKey);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function openBucket(name: string): Promise<void> {
  const s3 = new FakeS3();
  await s3.start();
  onTestFinished(() => s3.stop());
  const bucket = { 's3-bucket': name, 's3-endpoint': s3.url, 's3-region': S3_REGION };
  const opened = await openStore(configOf({ storage: 's3', ...bucket }), makeEvents());
  onTestFinished(() => opened.close());
  await vi.waitFor(() => {
    expect(s3.requests.length).toBeGreaterThan(0);
  });
}

test('a list of storages is one store, which writes the same objects to all of them', async () => {
  const [s3, gcs] = await Promise.all([new FakeS3().start(), new FakeGcs().start()]);
  onTestFinished(() => Promise.all([s3.stop(), gcs.stop()]).then(() => undefined));
  const config = configOf({
    storage: 's3,gcs',
    ...{ 's3-bucket': s3.name, 's3-endpoint': s3.url, 's3-region': S3_REGION },
    ...{ 'gcs-bucket': gcs.name, 'gcs-endpoint': gcs.url },
  });
  const opened = await openStore(config, makeEvents());
  const shelf = new Shelf(opened.store, 't', { reopen: undefined, expire: undefined });
  const { id } = await shelf.write();
  expect(await shelf.ids()).toEqual([id]);
  await opened.close();
  expect(s3.bucket.objects.size).toBe(2);
  expect(new Map([...gcs.bucket.objects].sort())).toEqual(new Map([...s3.bucket.objects].sort()));
});

describe('a storage that is opened', () => {
  test('and does not answer as it should is told before anybody misses it', async () => {
    await openBucket('another');
    await vi.waitFor(() => {
      expect(log).toMatchObject([{ event: 'storage_silent', storage: 's3 another' }]);
    });
    expect(log[0]?.['reason']).toContain('NoSuchBucket');
  });

  test('and cannot be asked for its tables ends the server as one that is away, not as one that was named wrongly', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const opening = openStore(configOf({ storage: 'clickhouse', 'clickhouse-url': url }), makeEvents());
    await expect(opening).rejects.toMatchObject({
      code: 'server_unreachable',
      message: '--storage clickhouse cannot be used: ClickHouse does not answer.',
    });
  });

  test('is named with what it lacks', async () => {
    const open = (given: Record<string, string>) => openStore(configOf(given), makeEvents());
    await expect(open({ storage: 's3' })).rejects.toMatchObject({ message: '--s3-bucket is missing.' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    const withoutKeys = open({ storage: 's3', 's3-bucket': 'b' });
    await expect(withoutKeys).rejects.toMatchObject({ message: 'There are no credentials for S3.' });
  });
});
