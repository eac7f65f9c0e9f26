import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Figure } from '../../src/store/figures.ts';
import type { MergeOptions } from '../../src/store/store.ts';
import { abandoned, StoreError } from '../../src/store/store.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';
import type { Served } from '../fixtures/served.ts';
import { serve } from '../fixtures/served.ts';

const PPROF = makePprof({ samples: [{ stack: 'main;work', values: [5] }] });
const PROFEFE = '/api/0/profiles?service=s&type=cpu';
const PUSH = '/push.v1.PusherService/Push';
const MERGE = '/api/0/profiles/merge?service=s&type=cpu&from=1&to=2100-01-01T00:00:00';

async function linesOf({ url }: Served): Promise<readonly string[]> {
  return (await (await fetch(`${url}/metrics`)).text()).split('\n');
}

function post({ url }: Served, path: string, body: string | Uint8Array, type = ''): Promise<Response> {
  const headers = type === '' ? {} : { 'content-type': type };
  return fetch(`${url}${path}`, { method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers });
}

function push(served: Served, labels: Record<string, string>, ...bodies: Uint8Array[]): Promise<Response> {
  const samples = bodies.map((body) => ({ rawProfile: Buffer.from(body).toString('base64') }));
  const all = Object.entries(labels).map(([name, value]) => ({ name, value }));
  return post(served, PUSH, JSON.stringify({ series: [{ labels: all, samples }] }), 'application/json');
}

test('every upload counts by API, format and what became of it, also where no store has seen it', async () => {
  const store = new MemoryStore();
  const served = await serve({ store });
  await post(served, PROFEFE, PPROF);
  await post(served, PROFEFE, 'no pprof');
  await post(served, '/api/0/profiles?type=cpu', PPROF);
  await post(served, '/api/0/profiles?service=s&type=trace', 'anything');
  await post(served, PROFEFE, gzipSync(new Uint8Array(100_000_000)));
  await post(served, '/ingest?name=app.cpu', 'a;b 1\n');
  await post(served, '/ingest?name=app.cpu', 'no count\n');
  await post(served, '/ingest?name=app.cpu&format=lines', '');
  await post(served, '/ingest?name=app.cpu&format=jfr', '');
  await post(served, '/ingest?name=app&format=pprof', PPROF);
  const labels = { __name__: 'process_cpu', service_name: 'shop' };
  await push(served, labels, PPROF, PPROF, Buffer.from('no pprof'));
  await push(served, { service_name: 'shop' }, PPROF);
  await push(served, labels, makePprof({ samples: [] }));
  store.write = () => Promise.reject(new StoreError('full', 'The disk is full.'));
  await push(served, labels, PPROF);
  store.write = () => Promise.reject(new StoreError('unavailable', 'It is away.'));
  await post(served, PROFEFE, PPROF);
  const uploads = (await linesOf(served)).filter((line) => line.startsWith('spybridge_uploads_total{'));
  expect(uploads.map((line) => line.slice('spybridge_uploads_total'.length)).sort()).toEqual([
    '{api="ingest",format="folded",outcome="malformed"} 1',
    '{api="ingest",format="folded",outcome="stored"} 1',
    '{api="ingest",format="lines",outcome="empty"} 1',
    '{api="ingest",format="pprof",outcome="stored"} 1',
    '{api="ingest",format="unknown",outcome="malformed"} 1',
    '{api="profefe",format="pprof",outcome="malformed"} 2',
    '{api="profefe",format="pprof",outcome="stored"} 1',
    '{api="profefe",format="pprof",outcome="too_large"} 1',
    '{api="profefe",format="pprof",outcome="unavailable"} 1',
    '{api="profefe",format="trace",outcome="stored"} 1',
    '{api="push",format="pprof",outcome="empty"} 1',
    '{api="push",format="pprof",outcome="full"} 1',
    '{api="push",format="pprof",outcome="malformed"} 2',
    '{api="push",format="pprof",outcome="stored"} 2',
  ]);
});

test('what a store counts of itself, events and queries are in the metrics', async () => {
  const figures: Figure[] = [
    { name: 'store_thread_restarts_total', labels: { thread: 'reader' }, value: 2 },
    { name: 'store_disk_bytes', labels: { storage: 'lmdb' }, value: 4_096 },
    { name: 'follower_profiles_total', labels: { storage: 's3', outcome: 'lost' }, value: 3 },
  ];
  let reads = 0;
  const store = Object.assign(new MemoryStore(), {
    figures: () => {
      reads += 1;
      return figures;
    },
  });
  const served = await serve({ store });
  await fetch(`${served.url}/api/0/services`);
  store.list = () => Promise.reject(new StoreError('too_large', 'There are too many.'));
  await fetch(`${served.url}${MERGE}`);
  await fetch(`${served.url}/metrics`);
  figures.shift();
  figures.push({ name: 'storage_retries_total', labels: { storage: 's3' }, value: 7 });
  const lines = await linesOf(served);
  expect(reads).toBe(2);
  for (const line of [
    'spybridge_store_disk_bytes{storage="lmdb"} 4096',
    'spybridge_follower_profiles_total{storage="s3",outcome="lost"} 3',
    'spybridge_storage_retries_total{storage="s3"} 7',
    'spybridge_queries_total{kind="services",outcome="answered"} 1',
    'spybridge_queries_total{kind="list",outcome="too_large"} 1',
    'spybridge_events_total{event="request"} 3',
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => line.startsWith('spybridge_store_thread_restarts_total{'))).toBe(false);
});

test('a list that is cut at the bound counts', async () => {
  const store = new MemoryStore();
  const served = await serve({ store });
  await post(served, PROFEFE, PPROF);
  const [profile] = await store.list({
    ...{ tenant: 'anonymous', service: undefined, type: undefined, matchers: [] },
    ...{ fromNanos: 0n, untilNanos: 2n ** 63n },
  });
  store.list = (_, options) => Promise.resolve(Array.from({ length: options?.limit ?? 0 }, () => profile!));
  const list = MERGE.replace('/merge', '');
  await (await fetch(`${served.url}${list}&limit=10`)).arrayBuffer();
  await (await fetch(`${served.url}${list}`)).arrayBuffer();
  const cut = (await linesOf(served)).filter((line) => line.startsWith('spybridge_serve_bounds_hit_total{'));
  expect(cut).toEqual(['spybridge_serve_bounds_hit_total{bound="listed_profiles"} 1']);
});

test('every metric is in the documentation', async () => {
  const names = (await linesOf(await serve())).flatMap(
    (line) => /^# TYPE spybridge_(\w+)/.exec(line)?.[1] ?? [],
  );
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/server.md'), 'utf8');
  expect(names.filter((name) => !page.includes(`\`spybridge_${name}`))).toEqual([]);
});

/** A store whose merges end only when nobody waits for them. */
function makeHangingStore(): { store: MemoryStore; hasStarted: Promise<void>; hasEnded: Promise<void> } {
  const store = new MemoryStore();
  let start = (): void => undefined;
  let end = (): void => undefined;
  const hasStarted = new Promise<void>((resolve) => (start = resolve));
  const hasEnded = new Promise<void>((resolve) => (end = resolve));
  store.merge = (_: unknown, { signal }: MergeOptions) =>
    new Promise((_, reject) => {
      start();
      signal!.addEventListener('abort', () => {
        end();
        reject(abandoned());
      });
    });
  return { store, hasStarted, hasEnded };
}

test('a merge whose client has gone ends, and is no failure of the server', async () => {
  const { store, hasStarted, hasEnded } = makeHangingStore();
  const served = await serve({ store });
  await post(served, PROFEFE, PPROF);
  const client = new AbortController();
  const gone = fetch(`${served.url}${MERGE}`, { signal: client.signal }).catch(() => undefined);
  await hasStarted;
  client.abort();
  await gone;
  await hasEnded;
  const counted = 'spybridge_http_requests_total{method="GET",route="/api/0/profiles/merge",code="499"} 1';
  await expect.poll(() => linesOf(served)).toContain(counted);
  expect(await linesOf(served)).toContain('spybridge_merges_total{outcome="abandoned"} 1');
  expect(served.log.some(({ event }) => event === 'request_failed')).toBe(false);
});

test('a merge that takes longer than its client is kept waiting ends, too', async () => {
  const { store, hasEnded } = makeHangingStore();
  const served = await serve({ store, answerTimeoutMs: 100 });
  await post(served, PROFEFE, PPROF);
  expect((await fetch(`${served.url}${MERGE}`)).status).toBe(503);
  await hasEnded;
});

test('what is refused before there is a request counts, and is answered as ever', async () => {
  const served = await serve({ requestTimeoutMs: 200 });
  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(served.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
      socket.on('close', () => {
        resolve(answer.slice(9, 12));
      });
      socket.on('error', reject);
    });
  const head = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n';
  expect(await send(`${head}X-Long: ${'x'.repeat(70_000)}\r\n\r\n`)).toBe('431');
  expect(await send('no HTTP at all\r\n\r\n')).toBe('400');
  expect(await send(head)).toBe('408');
  const lines = await linesOf(served);
  for (const reason of ['headers', 'not_http', 'request_timeout'])
    expect(lines).toContain(`spybridge_http_requests_refused_total{reason="${reason}"} 1`);
});
