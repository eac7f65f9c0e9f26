import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ProfileStore } from '../../src/store/store.ts';
import { freshStore } from '../fixtures/fresh-store.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';
import { jsonOf, serve } from '../fixtures/served.ts';
import type { Served } from '../fixtures/served.ts';

const PPROF = makePprof({ samples: [{ stack: 'main;work', values: [5] }] });
const UPLOAD = '/api/0/profiles?service=s&type=cpu';

async function upload({ url }: Served, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${UPLOAD}`, { method: 'POST', body: PPROF, headers });
}

/** What fetch would not send: bytes as they are. */
async function sendRaw({ port }: Served, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}

/** A store whose next read waits for `release`. */
function makeSlowStore(): { store: ProfileStore; release: () => void; hasStarted: Promise<void> } {
  const store = freshStore();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const hasStarted = new Promise<void>((resolve) => {
    store.services = async () => {
      resolve();
      await held;
      return ['slow'];
    };
  });
  return { store, release, hasStarted };
}

async function figure({ url }: Served, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

describe('a server that other machines can reach', () => {
  // An address that is not read as one: it counts as foreign, and listens on loopback only.
  const host = '127.1';

  test.each([
    [{}, 'read, write'],
    [{ read: ['r'] }, 'write'],
    [{ write: ['w'] }, 'read'],
    [{ read: ['r'], write: ['w'] }, undefined],
  ])('with the tokens %j warns of what is open', async (tokens, open) => {
    const { log } = await serve({ host }, tokens);
    expect(log.find(({ event }) => event === 'server_open')?.['open']).toBe(open);
  });
});

describe('a path', () => {
  test.each([
    ['PUT', '/api/0/profiles', 'GET, POST, HEAD'],
    ['PATCH', '/api/0/profiles', 'GET, POST, HEAD'],
    ['DELETE', '/api/0/profiles', 'GET, POST, HEAD'],
    ['POST', '/api/0/services', 'GET, HEAD'],
    ['OPTIONS', '/api/0/version', 'GET, HEAD'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('is 405 with Allow for %s %s, as profefe is not', async (method, asked, allow) => {
    const { url } = await serve();
    const response = await fetch(`${url}${asked}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toContain(`the method ${method} is not allowed here`);
  });

  test('that is not there is 404 as JSON, also one that only begins like one of ours', async () => {
    const { url } = await serve();
    for (const asked of ['/api/0/nothing', '/api/0/profilesXX', '/api/0/profiles/a/b']) {
      const response = await fetch(`${url}${asked}`);
      expect(response.status).toBe(404);
      expect(await jsonOf(response)).toEqual({ code: 404, error: 'there is nothing at this path' });
    }
    const outside = await fetch(`${url}/nothing`);
    expect(outside.status).toBe(404);
    expect(await outside.json()).toEqual({ code: 'not_found', message: 'there is nothing at this path' });
  });

  test('with slashes too many is the path without them', async () => {
    const served = await serve();
    expect((await upload(served)).status).toBe(200);
    for (const asked of ['//api/0/services', '/api//0/services/', '/api/0/services//'])
      expect((await sendRaw(served, `GET ${asked} HTTP/1.0\r\nHost: localhost\r\n\r\n`)).slice(9, 12)).toBe(
        '200',
      );
  });

  test('with tricks in it reaches nothing', async () => {
    const served = await serve();
    for (const asked of [
      '/api/0/profiles/../../../etc/passwd',
      '/..%2f..%2fetc/passwd',
      '/\\..\\etc',
      '/%00',
      '/%',
    ])
      expect(
        (await sendRaw(served, `GET ${asked} HTTP/1.0\r\nHost: localhost\r\n\r\n`)).slice(9, 12),
      ).toMatch(/40[04]/);
  });
});

describe('a request', () => {
  test('has an id: its own where that is one, else a new one', async () => {
    const { url, log } = await serve();
    const own = await fetch(`${url}/healthz`, { headers: { 'x-request-id': 'abc-1' } });
    expect(own.headers.get('x-request-id')).toBe('abc-1');
    for (const bad of ['two words', 'x'.repeat(129), '"quoted"']) {
      const made = await fetch(`${url}/healthz`, { headers: { 'x-request-id': bad } });
      expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    }
    const line = log.find(({ requestId }) => requestId === 'abc-1');
    expect(line).toMatchObject({
      event: 'request',
      method: 'GET',
      path: '/healthz',
      status: 200,
      client: '127.0.0.1',
    });
  });

  test('counts under its pattern: paths and methods of strangers make no new series', async () => {
    const served = await serve();
    for (let i = 0; i < 20; i++) {
      await fetch(`${served.url}/api/0/profiles/0000000000000000000${i % 2 ? 'g' : '0'}`);
      await fetch(`${served.url}/nothing/${i}`);
    }
    const text = await (await fetch(`${served.url}/metrics`)).text();
    const series = text.split('\n').filter((line) => line.startsWith('spybridge_http_requests_total{'));
    expect(series).toEqual([
      'spybridge_http_requests_total{method="GET",route="/api/0/profiles/:ids",code="404"} 20',
      'spybridge_http_requests_total{method="GET",route="other",code="404"} 20',
    ]);
  });

  test('with headers over the limit is 431', async () => {
    const served = await serve();
    const text = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(70_000)}\r\n\r\n`;
    expect((await sendRaw(served, text)).slice(0, 12)).toBe('HTTP/1.1 431');
  });

  test('that does not end is 408', async () => {
    const served = await serve({ requestTimeoutMs: 200 });
    const text = `POST ${UPLOAD} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc`;
    expect((await sendRaw(served, text)).slice(0, 12)).toBe('HTTP/1.1 408');
    expect(await served.store.statistics('anonymous')).toMatchObject({ profiles: 0 });
    expect(served.log.some(({ event }) => event === 'request_failed')).toBe(false);
  });

  test('of a client that has gone away is over when the store is', async () => {
    const { store, release, hasStarted } = makeSlowStore();
    const served = await serve({ store });
    const client = new AbortController();
    const gone = fetch(`${served.url}/api/0/services`, { signal: client.signal }).catch(() => undefined);
    await hasStarted;
    expect(await figure(served, 'spybridge_http_requests_running')).toBe(2);
    client.abort();
    await gone;
    release();
    await expect.poll(() => figure(served, 'spybridge_http_requests_running')).toBe(1);
  });

  test('over the number that may run is 503, and so is one that takes too long', async () => {
    const { store, release, hasStarted } = makeSlowStore();
    const served = await serve({ store, maxRunning: 1, answerTimeoutMs: 300 });
    const first = fetch(`${served.url}/api/0/services`);
    await hasStarted;
    const second = await fetch(`${served.url}/api/0/version`);
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    const late = await first;
    expect([late.status, (await jsonOf(late)).error]).toEqual([503, 'the answer takes longer than 0.3 s']);
    expect((await fetch(`${served.url}/api/0/version`)).status).toBe(503);
    release();
    await expect.poll(async () => (await fetch(`${served.url}/api/0/version`)).status).toBe(200);
    const text = await (await fetch(`${served.url}/metrics`)).text();
    expect(text).toContain('spybridge_http_requests_refused_total{reason="slow"} 1');
  });
});

describe('health', () => {
  test('is told, and readiness by both its names', async () => {
    const { url } = await serve();
    expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\n');
    expect(await (await fetch(`${url}/readyz`)).text()).toBe('ready\n');
    expect(await (await fetch(`${url}/ready`)).text()).toBe('ready');
  });

  test('is not readiness where the store fails', async () => {
    const store = freshStore();
    store.statistics = () => Promise.reject(new Error('gone'));
    const { url } = await serve({ store });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    for (const asked of ['/readyz', '/ready']) expect((await fetch(`${url}${asked}`)).status).toBe(503);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});

test('the metrics count uploads, merges, deletions and what the store holds', async () => {
  const served = await serve();
  const { body } = await jsonOf(await upload(served));
  const { id } = body as { id: string };
  await fetch(`${served.url}${UPLOAD}`, { method: 'POST', body: 'no pprof' });
  await fetch(`${served.url}/api/0/profiles/${id}+${id}`);
  const text = await (await fetch(`${served.url}/metrics`)).text();
  for (const line of [
    'spybridge_ingested_profiles_total{outcome="stored"} 1',
    'spybridge_ingested_profiles_total{outcome="malformed"} 1',
    `spybridge_ingested_bytes_total ${PPROF.length}`,
    'spybridge_merges_total{outcome="merged"} 1',
    'spybridge_merged_profiles_total 2',
    'spybridge_store_profiles 1',
    `spybridge_store_bytes ${PPROF.length}`,
    'spybridge_build_info{version="1.2.3"} 1',
  ])
    expect(text).toContain(`${line}\n`);
  await fetch(`${served.url}/api/0/profiles/${id}`, { method: 'DELETE' });
  expect(await figure(served, 'spybridge_deleted_profiles_total')).toBe(1);
});

describe('the end', () => {
  test('lets a request finish that runs, takes no new ones, and is not ready', async () => {
    const { store, release, hasStarted } = makeSlowStore();
    const served = await serve({ store });
    const running = fetch(`${served.url}/api/0/services`);
    await hasStarted;
    const stopped = served.stop(5_000);
    await expect(fetch(`${served.url}/healthz`)).rejects.toThrow();
    release();
    expect(await jsonOf(await running)).toEqual({ code: 200, body: ['slow'] });
    await stopped;
  });

  test('comes at the deadline, whatever still runs', async () => {
    const { store, hasStarted } = makeSlowStore();
    const served = await serve({ store });
    const running = fetch(`${served.url}/api/0/services`);
    const cut = expect(running).rejects.toThrow();
    await hasStarted;
    await served.stop(50);
    await cut;
  });
});

test('the page is served without a token, with headers that keep it to itself, and hides no 404', async () => {
  const pageFolder = mkdtempSync(path.join(tmpdir(), 'serve-page-'));
  onTestFinished(() => {
    rmSync(pageFolder, { recursive: true });
  });
  writeFileSync(path.join(pageFolder, 'index.html'), '<!doctype html>');
  const { url } = await serve({ pageFolder }, { read: ['secret'] });
  const page = await fetch(`${url}/`);
  expect([page.status, await page.text()]).toEqual([200, '<!doctype html>']);
  for (const header of ['content-security-policy', 'x-frame-options', 'x-request-id'])
    expect(page.headers.get(header)).not.toBeNull();
  const headers = { authorization: 'Bearer secret' };
  expect((await fetch(`${url}/nothing`, { headers })).status).toBe(404);
  expect((await fetch(`${url}/nothing`)).status).toBe(401);
  expect((await fetch(`${url}/api/0/services`)).status).toBe(401);
});

describe('TLS', () => {
  test('is spoken where there is a certificate', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'serve-tls-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '1',
        ],
        ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
    const tls = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
    const { port, url } = await serve({ tls });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const status = await new Promise((resolve, reject) => {
      httpsRequest(`${url}/healthz`, { ca: tls.cert }, (response) => {
        resolve(response.resume().statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  test('with a certificate that is none is a sentence', async () => {
    await expect(serve({ tls: { cert: 'no', key: 'no' } })).rejects.toMatchObject({ code: 'config' });
  });
});

test('an address that is taken is a sentence with a way out', async () => {
  const { port } = await serve();
  await expect(serve({ port })).rejects.toMatchObject({
    code: 'config',
    message: expect.stringContaining(`--listen 127.0.0.1:${port} cannot be used`) as string,
  });
});

describe('the APIs together', () => {
  test("show each other's uploads: what profefe's API takes, Pyroscope's finds", async () => {
    const served = await serve();
    expect((await upload(served)).status).toBe(200);
    const now = Date.now();
    const response = await fetch(`${served.url}/querier.v1.QuerierService/LabelValues`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'service_name', matchers: [], start: now - 60_000, end: now + 60_000 }),
    });
    expect(await response.json()).toEqual({ names: ['s'] });
  });

  test('tell a defect to the log, whichever of them has met it', async () => {
    const store = freshStore();
    store.series = () => Promise.reject(new Error('the cause'));
    const served = await serve({ store });
    const response = await fetch(`${served.url}/querier.v1.QuerierService/LabelNames`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ start: Date.now() - 60_000, end: Date.now() }),
    });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('the cause');
    const line = served.log.find(({ event }) => event === 'request_failed');
    expect(line?.['reason']).toContain('the cause');
  });
});
