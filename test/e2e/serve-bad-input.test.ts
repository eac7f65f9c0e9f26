// Bad input of every kind to all APIs of `spybridge serve`: the right 4xx, nothing stored, and a server that goes on, no larger
// than before.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BAD_PPROFS, bomb, WELL } from '../fixtures/bad-pprofs.ts';
import type { ServerRun } from './support/server-run.ts';
import { serverRuns } from './support/server-run.ts';

const MIB = 1_048_576;
const BODY_MIB = 4;
/** Over what it took before: two profiles of 16 MiB may be open at once, several times each, and V8 takes its time. */
const MAX_GROWTH_MIB = 300;
const CPU_ID = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds';
const ALL = 'from=0&to=now';
const startServer = serverRuns();
let server: ServerRun;
let restKib: number;

beforeAll(async () => {
  server = await startServer(['--max-body-mb', String(BODY_MIB), '--max-profile-mb', '16']);
  // What a server of use takes, and that good input would have been taken.
  const taken = await send('POST', '/api/0/profiles?service=s&type=cpu', { body: WELL });
  expect(taken.status).toBe(200);
  const { id } = (JSON.parse(taken.text) as { body: { id: string } }).body;
  expect((await send('DELETE', `/api/0/profiles/${id}`)).status).toBe(200);
  restKib = memoryKib('VmRSS');
});

let stored = 0;

/** Whatever it was: it stored nothing, and the next one is served. */
afterEach(async () => {
  const before = stored;
  const { text } = await send('GET', '/metrics');
  stored = Number(/\nspybridge_store_profiles (\d+)\n/.exec(text)![1]);
  expect(stored).toBe(before);
});

interface Sent {
  readonly body?: Uint8Array | string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(
  method: string,
  path: string,
  sent: Sent = {},
): Promise<{ status: number; text: string }> {
  const { body, headers = {} } = sent;
  const own = body instanceof Uint8Array ? Buffer.from(body) : body;
  const response = await fetch(`${server.url}${path}`, { method, headers, ...(own && { body: own }) });
  return { status: response.status, text: await response.text() };
}

function json(message: unknown): Sent {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  return { headers: { 'content-type': 'application/json' }, body };
}

function memoryKib(what: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${server.run.pid}/status`, 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(text)![1]);
}

/** What fetch would not send, as it is; the status line of the answer. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text, 'latin1'));
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('close', () => {
      resolve(answer.split('\r\n', 1)[0]!);
    });
    socket.on('error', reject);
  });
}

const pushOf = (labels: Record<string, string>, body: Uint8Array): Sent =>
  json({
    series: [
      {
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
        samples: [{ rawProfile: Buffer.from(body).toString('base64') }],
      },
    ],
  });
const PUSH = '/push.v1.PusherService/Push';
const NAMED = { __name__: 'process_cpu', service_name: 's' };

describe('a bad profile is refused by each API that takes profiles:', () => {
  test.each(BAD_PPROFS)('%s', async (what, body) => {
    const upload = '/api/0/profiles?service=s&type=cpu';
    expect(await send('POST', upload, { body })).toMatchObject({ status: 400 });
    // To Pyroscope a profile of no samples has nothing to keep.
    const isEmpty = what === 'no samples';
    expect(await send('POST', PUSH, pushOf(NAMED, body))).toMatchObject({ status: isEmpty ? 200 : 400 });
    const status = isEmpty || what === 'nothing' ? 200 : 422;
    expect(await send('POST', '/ingest?name=s&format=pprof', { body })).toMatchObject({ status });
    const form = new FormData();
    form.set('profile', new Blob([Buffer.from(body)]), 'profile.pprof');
    expect(await send('POST', '/ingest?name=s', { body: form })).toMatchObject({ status });
  });
});

describe('what is too large is 413, before it is large here:', () => {
  const gigabyte = bomb(16);
  const form = new FormData();
  form.set('profile', new Blob([Buffer.from(gigabyte)]), 'profile.pprof');
  const gzip = { 'content-encoding': 'gzip' };
  test.each<[what: string, path: string, sent: Sent]>([
    ['a gigabyte in a megabyte', '/api/0/profiles?service=s&type=cpu', { body: gigabyte }],
    ['the same in Pyroscope', '/ingest?name=s&format=pprof', { body: gigabyte }],
    ['in a form', '/ingest?name=s', { body: form }],
    ['in a push', PUSH, pushOf(NAMED, gigabyte)],
    [
      'as the coding of a push',
      PUSH,
      { ...json('{}'), headers: { ...json('').headers, ...gzip }, body: gigabyte },
    ],
    ['as folded text', '/ingest?name=s', { body: gigabyte }],
    ['as the coding of folded text', '/ingest?name=s', { headers: gzip, body: gigabyte }],
    ['as a tree', '/ingest?name=s&format=tree', { body: gigabyte }],
    ['as speedscope', '/ingest?name=s&format=speedscope', { body: gigabyte }],
    [
      'a trace over the bound',
      '/api/0/profiles?service=s&type=trace',
      { body: Buffer.alloc(BODY_MIB * MIB + 1) },
    ],
    ['a push over the bound', PUSH, json(' '.repeat(BODY_MIB * MIB + 1))],
    ['text over the bound', '/ingest?name=s', { body: 'a 1\n'.repeat(BODY_MIB * MIB) }],
  ])('%s', async (_, path, sent) => {
    expect((await send('POST', path, sent)).status).toBe(413);
  });

  test('and many of them at once', async () => {
    const all = Array.from({ length: 12 }, (_, i) =>
      send('POST', i % 2 ? '/ingest?name=s&format=pprof' : '/api/0/profiles?service=s&type=cpu', {
        body: gigabyte,
      }),
    );
    for (const { status } of await Promise.all(all)) expect([413, 503]).toContain(status);
  });
});

/** Each case with the beginning of what is sent, for its title. */
function named<Case extends readonly [unknown, ...unknown[]]>(cases: readonly Case[]): [string, ...Case][] {
  return cases.map((one) => [JSON.stringify(one[0]).slice(0, 120), ...one]);
}

const long = (length: number): string => 'x'.repeat(length);

describe("profefe's API refuses", () => {
  const good = { service: 's', type: 'cpu' };
  test.each<[what: string, query: Record<string, string>]>([
    ['no service', { service: '' }],
    ['a service that is too long', { service: long(5_000) }],
    ['no type', { type: '' }],
    ['a type of other characters', { type: '../cpu' }],
    ['a type that is too long', { type: long(500) }],
    ['a label with a broken escape', { labels: 'a=%zz' }],
    ['a label that is no UTF-8', { labels: 'a=%ff' }],
    ['a label with two values', { labels: 'a=1,a=2' }],
    ['a label of ours', { labels: '__profile_type__=x' }],
    ['a label with a long name', { labels: `${long(2_000)}=x` }],
    ['a label with a long value', { labels: `a=${long(4_000)}` }],
    ['too many labels', { labels: Array.from({ length: 200 }, (_, i) => `l${i}=x`).join() }],
    ['a time that is none', { created_at: 'yesterday' }],
    ['a day that is none', { created_at: '2023-02-30T00:00:00' }],
    ['a time before 1970', { created_at: '1969-12-31T00:00:00' }],
    ['a time of no year we know', { created_at: '99999-01-01T00:00:00' }],
    ['a time over 64 bits', { created_at: '99999999999999999999' }],
  ])('an upload with %s', async (_, part) => {
    const query = new URLSearchParams({ ...good, ...part }).toString();
    expect((await send('POST', `/api/0/profiles?${query}`, { body: WELL })).status).toBe(400);
  });

  const questions: [path: string, status: number][] = [
    [`profiles?${ALL}`, 400],
    ['profiles?service=s', 400],
    ['profiles?service=s&from=now&to=0', 400],
    ['profiles?service=s&from=x&to=now', 400],
    ['profiles?service=s&from=0&to=2023-13-01T00:00:00', 400],
    [`profiles?service=s&${ALL}&limit=all`, 400],
    [`profiles?service=s&${ALL}&limit=99999999999999999999`, 400],
    [`profiles?service=s&${ALL}&cursor=x`, 400],
    [`profiles?service=s&${ALL}&labels=%25`, 400],
    [`profiles?service=s&${ALL}&type=%00`, 400],
    [`profiles/merge?service=s&${ALL}`, 400],
    [`profiles/merge?service=s&type=trace&${ALL}`, 400],
    [`profiles/merge?service=s&type=cpu&from=0`, 400],
    [`profiles/${long(60_000)}`, 400],
    [`profiles/${long(70_000)}`, 431],
    [`profiles/${long(10_000)}`, 400],
    [`profiles/${Array.from({ length: 500 }, () => '00000000000000000000').join('+')}`, 404],
    ['profiles/abc', 400],
    ['profiles/%00', 400],
    ['profiles/%ff', 400],
    ['profiles/..%2f..%2fetc%2fpasswd', 400],
    ['profiles/%252e%252e%252fpasswd', 400],
    ["profiles/'%20OR%20'1'='1", 400],
    ['profiles/00000000000000000000', 404],
    ['profiles/00000000000000000000++00000000000000000000', 400],
    ['nothing', 404],
  ];
  test.each(named(questions))('%s', async (_, path, status) => {
    expect((await send('GET', `/api/0/${path}`)).status).toBe(status);
  });

  test.each<[method: string, path: string]>([
    ['PUT', 'profiles'],
    ['PATCH', 'profiles'],
    ['DELETE', 'profiles'],
    ['OPTIONS', 'profiles'],
    ['POST', 'profiles/merge'],
    ['POST', 'profiles/00000000000000000000'],
    ['POST', 'services'],
    ['DELETE', 'version'],
  ])('%s of %s', async (method, path) => {
    const { status } = await send(method, `/api/0/${path}?service=s&type=cpu`, { body: WELL });
    expect(status).toBe(405);
  });

  test.each(['DELETE /api/0/profiles/abc', 'DELETE /api/0/profiles/00000000000000000000+'])(
    '%s',
    async (text) => {
      const [method, path] = text.split(' ');
      expect((await send(method!, path!)).status).toBe(400);
    },
  );
});

describe("Pyroscope's API refuses", () => {
  test.each<[what: string, labels: Record<string, string>]>([
    ['no name', { service_name: 's' }],
    ['a label of the inner kind', { ...NAMED, __inner__: 'x' }],
    ['a label without a name', { ...NAMED, '': 'x' }],
    ['a long name', { ...NAMED, [long(2_000)]: 'x' }],
    ['a long value', { ...NAMED, a: long(4_000) }],
    [
      'too many labels',
      { ...NAMED, ...Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, 'x'])) },
    ],
    ['a name that breaks ids', { ...NAMED, __name__: 'a:b' }],
  ])('a push with %s', async (_, labels) => {
    expect((await send('POST', PUSH, pushOf(labels, WELL))).status).toBe(400);
  });

  const proto = { 'content-type': 'application/proto' };
  test.each<[what: string, status: number, sent: Sent]>([
    ['nothing', 400, json('')],
    ['half a JSON', 400, json('{"series":[')],
    ['a list', 400, json([])],
    ['series that are none', 400, json({ series: 7 })],
    ['labels that are none', 400, json({ series: [{ labels: 'x', samples: [] }] })],
    ['base64 that is none', 400, json({ series: [{ labels: [], samples: [{ rawProfile: '***' }] }] })],
    ['100,000 brackets', 400, json('['.repeat(100_000))],
    ['100,000 objects in each other', 400, json(`{"series":${'[{"a":'.repeat(50_000)}`)],
    ['protocol buffers that are none', 400, { headers: proto, body: Buffer.alloc(100, 0xff) }],
    ['half of protocol buffers', 400, { headers: proto, body: Buffer.from([0x0a, 0xff, 0x01]) }],
    ['text', 415, { headers: { 'content-type': 'text/plain' }, body: '{}' }],
    ['gRPC', 415, { headers: { 'content-type': 'application/grpc' }, body: Buffer.alloc(5) }],
    ['a coding that it has not', 501, { headers: { ...proto, 'content-encoding': 'zstd' }, body: 'x' }],
    ['gzip that is none', 400, { headers: { ...proto, 'content-encoding': 'gzip' }, body: 'x' }],
  ])('a push of %s', async (_, status, sent) => {
    expect((await send('POST', PUSH, sent)).status).toBe(status);
  });

  const ingests: [query: Record<string, string>, status: number, body?: string][] = [
    [{ name: '' }, 400],
    [{ name: 's{a=b' }, 400],
    [{ name: 's{a}' }, 400],
    [{ name: 's{a=1}b=2}' }, 400],
    [{ name: 'Ü' }, 400],
    [{ name: 's.nothing' }, 400],
    [{ name: long(5_000) }, 400],
    [{ from: 'noon' }, 400],
    [{ from: '-1' }, 400],
    [{ until: 'x' }, 400],
    [{ format: 'elf' }, 400],
    [{ format: 'jfr' }, 415],
    [{ sampleRate: '2000000000' }, 400],
    [{}, 422, 'main;work'],
    [{}, 422, 'main;work -1'],
    [{}, 422, 'main;work 1e9'],
    [{}, 422, 'main;work 99999999999999999999'],
    [{}, 422, `${long(70_000)} 1`],
    [{ format: 'tree' }, 422, 'no tree'],
    [{ format: 'trie' }, 422, '\u00ff\u00ff\u00ff\u00ff'],
    [{ format: 'speedscope' }, 422, '{}'],
    [{ format: 'speedscope' }, 422, '['.repeat(100_000)],
    [{ format: 'pprof' }, 422, 'main;work 1'],
  ];
  test.each(named(ingests))('/ingest with %s', async (_, query, status, body = 'main;work 1') => {
    const text = new URLSearchParams({ name: 's', ...query }).toString();
    expect((await send('POST', `/ingest?${text}`, { body })).status).toBe(status);
  });

  const now = Date.now();
  const range = { start: String(now - 3_600_000), end: String(now) };
  const select = { ...range, profileTypeID: CPU_ID, labelSelector: '{}' };
  const merge = 'SelectMergeStacktraces';
  const calls: [call: readonly [method: string, message: unknown], status: number][] = [
    [[merge, { ...select, labelSelector: '{' }], 400],
    [[merge, { ...select, labelSelector: '{a=~"("}' }], 400],
    [[merge, { ...select, labelSelector: '{a=~"(?=b)"}' }], 400],
    [[merge, { ...select, labelSelector: `{a=~"${long(10_000)}"}` }], 400],
    [[merge, { ...select, labelSelector: '{a=~"((x{1000}){1000}){1000}"}' }], 400],
    [[merge, { ...select, labelSelector: `{${'a="b",'.repeat(10_000)}}` }], 400],
    [[merge, { ...select, profileTypeID: 'cpu' }], 400],
    [[merge, { ...select, start: range.end, end: range.start }], 400],
    [[merge, { ...select, start: '1e400' }], 400],
    [[merge, { ...select, end: '9'.repeat(40) }], 400],
    [[merge, { ...select, maxNodes: '9223372036854775807' }], 400],
    [[merge, { ...select, maxNodes: -1 }], 400],
    [[merge, '['.repeat(100_000)], 400],
    [['SelectSeries', { ...select, step: 0 }], 400],
    [['SelectSeries', { ...select, step: -1 }], 400],
    [['SelectSeries', { ...select, step: 'NaN' }], 400],
    [['SelectSeries', { ...select, start: 0, step: 1e-9 }], 400],
    [['SelectMergeSpanProfile', { ...select, spanSelector: ['no span'] }], 400],
    [['LabelValues', { ...range }], 400],
    [['LabelNames', { ...range, matchers: ['{a=b}'] }], 400],
    [['Series', { start: 5, end: 1 }], 400],
    [['Diff', {}], 400],
    [['Diff', { left: select }], 400],
    [['NoMethod', {}], 501],
  ];
  test.each(named(calls))('%s', async (_, [method, message], status) => {
    const path = `/querier.v1.QuerierService/${method}`;
    expect((await send('POST', path, json(message))).status).toBe(status);
    expect((await send('GET', path)).status).toBe(status === 501 ? 501 : 405);
  });

  test.each<[path: string, status: number]>([
    ['/pyroscope/render', 400],
    ['/pyroscope/render?query=x', 400],
    [`/pyroscope/render?query=${CPU_ID}%7B&from=now-1h`, 400],
    [`/pyroscope/render?query=${CPU_ID}%7B%7D&from=noon`, 400],
    [`/pyroscope/render?query=${CPU_ID}%7B%7D&from=now&until=now-1h`, 400],
    [`/pyroscope/render?query=${CPU_ID}%7B%7D&from=now-1h&maxNodes=-1`, 400],
    [`/pyroscope/render?query=${CPU_ID}%7B%7D&from=now-1h&format=dot`, 501],
    ['/pyroscope/render-diff?leftQuery=x', 400],
    ['/pyroscope/label-values?label=env', 400],
  ])('GET %s', async (path, status) => {
    expect((await send('GET', path)).status).toBe(status);
  });
});

describe('what is no request, or tricks with paths, reaches nothing:', () => {
  const get = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
  const requests: [text: string, status: RegExp][] = [
    [get('/../../../../etc/passwd'), /404/],
    [get('/..%2f..%2f..%2fetc/passwd'), /40[04]/],
    [get('/%2e%2e/%2e%2e/etc/passwd'), /404/],
    [get('/..\\..\\etc\\passwd'), /40[04]/],
    [get('/assets/../../package.json'), /404/],
    [get('/assets/..%2f..%2fpackage.json'), /40[04]/],
    [get('/index.html%00.js'), /40[04]/],
    [get('//etc/passwd'), /404/],
    [get('/api/0/profiles/../../../data.mdb'), /40[04]/],
    [get('/%'), /40[04]/],
    [get('http://169.254.169.254/latest/'), /40[0-9]/],
    [get('*'), /40[04]/],
    [get(`/${long(100_000)}`), /431|414/],
    ['GET /api/0/services\r\n\r\n', /400/],
    ['no request\r\n\r\n', /400/],
    ['FOO /api/0/services HTTP/1.1\r\nHost: localhost\r\n\r\n', /40[05]/],
    ['TRACE /api/0/services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', /405/],
    ['CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n', /^(HTTP\/1.1 4\d\d.*)?$/],
    ['GET / HTTP/1.1\r\n\r\n', /400/],
    ['GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n', /400/],
    ['POST /ingest?name=s HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n', /400/],
    [
      'POST /ingest?name=s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /400/,
    ],
    ['POST /ingest?name=s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /400/],
  ];
  test.each(named(requests))('%s', async (_, text, status) => {
    expect(await sendRaw(text)).toMatch(status);
  });
});

test('it all left nothing behind', async () => {
  expect(await send('GET', '/api/0/services')).toMatchObject({ status: 404 });
  const types = await send('POST', '/querier.v1.QuerierService/ProfileTypes', json({}));
  expect(types).toEqual({ status: 200, text: '{}' });
});

test('it all took no more memory than a few good uploads may', () => {
  const growth = (memoryKib('VmHWM') - restKib) / 1_024;
  console.log(
    `bad input: ${Math.round(restKib / 1_024)} MiB at rest, ${Math.round(growth)} MiB more at most`,
  );
  expect(growth).toBeLessThan(MAX_GROWTH_MIB);
  expect(server.run.lines.filter(({ event }) => event === 'request_failed')).toEqual([]);
});
