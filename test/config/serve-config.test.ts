import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadServeConfig } from '../../src/config/serve-config.ts';
import type { Source } from '../../src/config/sources.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'serve-config-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function flags(given: Readonly<Record<string, string>>): Source {
  return new Map(
    Object.entries(given).map(([name, value]) => [name, { texts: [value], origin: `--${name}` }] as const),
  );
}

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

describe('the configuration of a server', () => {
  test('is on loopback, open and bounded by default', () => {
    expect(loadServeConfig(new Map(), { HOME: '/home/u' })).toEqual({
      listen: '127.0.0.1:4040',
      tls: undefined,
      dataFolder: '/home/u/.local/state/spybridge',
      storages: ['lmdb'],
      retentionMs: 7 * 86_400_000,
      remoteRetentionMs: 0,
      retentionBytes: 10_240 * 1_048_576,
      fitsDisk: true,
      s3: { bucket: undefined, region: 'us-east-1' },
      gcs: { bucket: undefined },
      clickHouse: { url: undefined },
      profefeTenant: {},
      writeTokens: [],
      readTokens: [],
      multiTenant: false,
      bodyBytes: 32 * 1_048_576,
      rawBytes: 64 * 1_048_576,
      mergedProfiles: 10_000,
      maxRequests: 64,
      writesPerSecond: 1_000,
      requestTimeoutMs: 60_000,
      shutdownTimeoutMs: 20_000,
      instanceName: 'spybridge',
      logLevel: 'info',
      logFormat: 'auto',
    });
  });

  test('keeps its data in XDG_STATE_HOME, where that is a whole path', () => {
    const of = (XDG_STATE_HOME: string): string =>
      loadServeConfig(new Map(), { HOME: '/home/u', XDG_STATE_HOME }).dataFolder;
    expect([of('/state'), of('state'), of('')]).toEqual([
      '/state/spybridge',
      '/home/u/.local/state/spybridge',
      '/home/u/.local/state/spybridge',
    ]);
  });

  test('comes from flags, the environment and a file, in this order', () => {
    const config = write('serve.yaml', 'listen: 0.0.0.0:1\nretention: 1d12h\nmax-merge: 7\n');
    const env = { SPYBRIDGE_LISTEN: '4041', SPYBRIDGE_MAX_MERGE: '8' };
    expect(loadServeConfig(flags({ config, 'max-merge': '9' }), env)).toMatchObject({
      listen: '4041',
      retentionMs: 36 * 3_600_000,
      remoteRetentionMs: 36 * 3_600_000,
      mergedProfiles: 9,
    });
  });

  test('reads tokens line by line, and what is behind # is for people', () => {
    const file = write('tokens', '# agents\n  abc \n\ndef\r\n');
    expect(loadServeConfig(flags({ 'write-token-file': file }), {}).writeTokens).toEqual(['abc', 'def']);
  });

  test('takes a list of storages in its order', () => {
    const given = {
      ...{ storage: 'clickhouse, s3', 's3-bucket': 'b', 's3-endpoint': 'http://127.0.0.1:9' },
      ...{ 'clickhouse-url': 'http://c', 'clickhouse-password-file': write('password', 'p\n') },
    };
    expect(loadServeConfig(flags(given), {})).toMatchObject({
      storages: ['clickhouse', 's3'],
      s3: { bucket: 'b', region: 'us-east-1', endpoint: 'http://127.0.0.1:9' },
      clickHouse: { url: 'http://c', password: 'p' },
    });
  });

  test('reads a certificate and its key', () => {
    const given = { 'tls-cert': write('cert', 'C'), 'tls-key': write('key', 'K') };
    expect(loadServeConfig(flags(given), {}).tls).toEqual({ cert: 'C', key: 'K' });
  });
});

describe('a wrong configuration is a sentence:', () => {
  test.each([
    [{ 'read-token-file': at('none') }, '--read-token-file'],
    [{ 'read-token-file': write('empty', '\n# nothing\n') }, 'there is no token in it'],
    [{ 'read-token-file': write('odd', 'to ken\n') }, 'a token holds printable ASCII characters only'],
    [{ 'tls-cert': at('none') }, 'A certificate needs its key'],
    [{ 'tls-cert': at('none'), 'tls-key': at('none') }, '--tls-cert'],
    [{ retention: 'long' }, '--retention "long" cannot be used'],
    [{ storage: 'tape' }, '--storage (tape): it must be a list of lmdb, s3, gcs, clickhouse, each once'],
    [{ storage: 'lmdb,lmdb' }, '--storage (lmdb,lmdb)'],
    [{ storage: 'lmdb,' }, '--storage (lmdb,)'],
    [{ 's3-endpoint': 'host:9000' }, '--s3-endpoint: it is no address of a server.'],
    [{ 'gcs-endpoint': 'file:///x' }, '--gcs-endpoint: it is no address of a server.'],
    [{ 'clickhouse-url': 'u:secret@host' }, '--clickhouse-url: it is no address of a server.'],
    [{ config: write('near.yaml', 'lisen: 1\n') }, 'there is no option "lisen"; did you mean "listen"?'],
    [{ storage: 's3', 'retention-mb': '100' }, '--retention-mb (100): only lmdb can be kept to a size'],
    [{ 'max-merge': '0' }, '--max-merge "0" cannot be used'],
    [{ config: write('unknown.yaml', 'pyroscope: http://x\n') }, 'there is no option "pyroscope"'],
  ])('%j', (given, sentence) => {
    const load = (): unknown => loadServeConfig(flags(given), {});
    expect(load).toThrow(expect.objectContaining({ code: 'config' }) as Error);
    expect(load).toThrow(sentence);
  });
});
