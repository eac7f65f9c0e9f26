import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { freshStore } from '../../fixtures/fresh-store.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { BOUNDS, jsonOf, serve } from '../../fixtures/served.ts';

const TIME_NANOS = 1_559_250_605_499_312_123n;
const PPROF = makePprof({ samples: [{ stack: 'main;work', values: [5] }], timeNanos: TIME_NANOS });
const UNTIMED = makePprof({ samples: [{ stack: 'main;work', values: [5] }] });

async function post(url: string, query: string, body: Uint8Array | string = PPROF): Promise<Response> {
  return fetch(`${url}/api/0/profiles?${query}`, { method: 'POST', body: body });
}

async function refusal(query: string, body?: Uint8Array | string): Promise<unknown> {
  const { url, store } = await serve();
  const response = await post(url, query, body);
  expect(response.headers.get('content-type')).toBe('application/json');
  const { code, error } = await jsonOf(response);
  expect(code).toBe(response.status);
  expect(await store.statistics('anonymous')).toMatchObject({ profiles: 0 });
  return [code, error];
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('an upload', () => {
  test('is stored, and its id, service, type, labels and time are answered', async () => {
    const { url } = await serve();
    const response = await post(url, 'service=service1&type=cpu&labels=region=eu,az=1');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    const text = await response.text();
    expect(text.endsWith('}\n')).toBe(true);
    const { code, body } = JSON.parse(text) as { code: number; body: Record<string, unknown> };
    expect(code).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-v]{20}$/) as string,
      type: 'cpu',
      service: 'service1',
      labels: [
        { key: 'az', value: '1' },
        { key: 'region', value: 'eu' },
      ],
      created_at: '2019-05-30T21:10:05Z',
      created_at_nano: '2019-05-30T21:10:05.499312123Z',
      size_bytes: PPROF.length,
    });
    expect(Object.keys(body).slice(0, 5)).toEqual(['id', 'type', 'service', 'labels', 'created_at']);
  });

  test.each([
    ['gzipped', PPROF],
    ['plain', gunzipSync(PPROF)],
    [
      'in two members of gzip',
      Buffer.concat([gzipSync(gunzipSync(PPROF).subarray(0, 9)), gzipSync(gunzipSync(PPROF).subarray(9))]),
    ],
  ])('%s comes back to the byte', async (_, bytes) => {
    const { url } = await serve();
    const { body } = await jsonOf(await post(url, 'service=s&type=cpu', bytes));
    const got = await fetch(`${url}/api/0/profiles/${(body as { id: string }).id}`);
    expect(got.headers.get('content-type')).toBe('application/octet-stream');
    expect(got.headers.get('content-disposition')).toBe(
      `attachment; filename="${(body as { id: string }).id}"`,
    );
    expect(sha256(new Uint8Array(await got.arrayBuffer()))).toBe(sha256(bytes));
  });

  test.each([
    ['of a trace', randomBytes(50_000)],
    ['of an empty trace', new Uint8Array(0)],
  ])('%s is not looked at, and comes back to the byte', async (_, bytes) => {
    const { url } = await serve();
    const { body } = await jsonOf(await post(url, 'service=s&type=trace', bytes));
    const got = await fetch(`${url}/api/0/profiles/${(body as { id: string }).id}`);
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test.each(['wall', 'alloc', 'exception', 'goroutine', 'threadcreate', 'other', ' cpu '])(
    'of the type "%s" keeps its own word: types are open',
    async (type) => {
      const { url } = await serve();
      const { body } = await jsonOf(await post(url, `service=s&type=${encodeURIComponent(type)}`));
      expect(body).toMatchObject({ type: type.trim() });
    },
  );

  test('takes the time of the profile before the parameter, and the parameter before the clock', async () => {
    const { url } = await serve();
    const at = 'service=s&type=cpu&created_at=2020-01-02T03:04:05';
    expect((await jsonOf(await post(url, at))).body).toMatchObject({ created_at: '2019-05-30T21:10:05Z' });
    expect((await jsonOf(await post(url, at, UNTIMED))).body).toMatchObject({
      created_at: '2020-01-02T03:04:05Z',
    });
    const { body } = await jsonOf(await post(url, 'service=s&type=cpu', UNTIMED));
    expect(Math.abs(Date.parse((body as { created_at: string }).created_at) - Date.now())).toBeLessThan(
      60_000,
    );
  });

  test('with labels that are escaped twice may hold commas, equals signs, plus and percent signs', async () => {
    const { url } = await serve();
    const value = 'a,b=c+d%e ü';
    const labels = encodeURIComponent(`k=${encodeURIComponent(value)},solo, spaced = v ,=lost,x=y=z`);
    const { body } = await jsonOf(await post(url, `service=s&type=cpu&labels=${labels}`));
    expect(body).toMatchObject({
      labels: [
        { key: 'k', value },
        { key: 'spaced', value: 'v' },
        { key: 'x', value: 'y=z' },
      ],
    });
  });

  test.each(['a/b', '100%', 'Füße', 's p', '../../etc', 'x'.repeat(1_024)])(
    'of the service "%s" keeps that name',
    async (service) => {
      const { url } = await serve();
      const { body } = await jsonOf(await post(url, `service=${encodeURIComponent(service)}&type=cpu`));
      expect(body).toMatchObject({ service });
    },
  );
});

describe('a bad upload is refused, and nothing is stored:', () => {
  test.each([
    ['type=cpu', 'bad request: missing "service"'],
    ['service=&type=cpu', 'bad request: missing "service"'],
    ['service=s', 'bad request: unknown profile type'],
    ['service=s&type=', 'bad request: unknown profile type'],
    ['service=s&type=unknown', 'bad request: unknown profile type'],
    ['service=s&type=CPU', 'bad request: unknown profile type'],
    ['service=s&type=a%2Fb', 'bad request: unknown profile type'],
    [`service=s&type=${'x'.repeat(65)}`, 'bad request: unknown profile type'],
    ['service=s&type=cpu&labels=%25GG%3Dv', 'bad request: bad "labels" "%GG=v": invalid URL escape "%GG"'],
    ['service=s&type=cpu&labels=a%3D%25', 'bad request: bad "labels" "a=%": invalid URL escape "%"'],
    ['service=s&type=cpu&labels=a%3D%25FF', 'bad request: bad "labels" "a=%FF": its escapes are not UTF-8'],
    [
      'service=s&type=cpu&labels=a=1,a=2',
      'bad request: bad "labels" "a=1,a=2": the label "a" has two values',
    ],
    [
      'service=s&type=cpu&labels=__name__=x',
      'bad request: bad "labels" "__name__=x": the label "__name__" cannot be set',
    ],
    [
      'service=s&type=cpu&created_at=yesterday',
      'bad request: bad "created_at" "yesterday": time in unsupported format "yesterday"',
    ],
  ])('%s', async (query, error) => {
    expect(await refusal(query)).toEqual([400, error]);
  });

  test.each([
    ['an empty body', new Uint8Array(0), 'parsing profile: empty input file'],
    ['a gzip that breaks off', PPROF.subarray(0, PPROF.length - 12), 'decompressing profile: unexpected EOF'],
    ['a profile without samples', makePprof({ samples: [] }), 'profile is empty: no samples'],
  ])('%s', async (_, body, reason) => {
    expect(await refusal('service=s&type=cpu', body)).toEqual([
      400,
      `malformed profile (could not parse pprof profile: ${reason})`,
    ]);
  });

  test.each([
    ['text', 'not a pprof', 'parsing profile: unrecognized profile format'],
    [
      'two profiles in a row',
      Buffer.concat([gunzipSync(makeTimed(1n)), gunzipSync(makeTimed(2n))]),
      'concatenated profiles detected',
    ],
  ])('%s', async (_, body, reason) => {
    const [code, error] = (await refusal('service=s&type=cpu', body)) as [number, string];
    expect(code).toBe(400);
    expect(error).toMatch(/^malformed profile \(could not parse pprof profile: /);
    expect(error).toContain(reason);
  });

  test.each([
    [
      'too many labels',
      `labels=${Array.from({ length: 65 }, (_, i) => `l${i}=v`).join(',')}`,
      'more than 64 labels',
    ],
    [
      'a long name of a label',
      `labels=${'n'.repeat(1_025)}=v`,
      'the name of a label has more than 1024 characters',
    ],
    [
      'a long value of a label',
      `labels=n=${'v'.repeat(2_049)}`,
      'the value of a label has more than 2048 characters',
    ],
    ['a long service', `service=${'s'.repeat(1_025)}`, 'it has more than 1024 characters'],
  ])('%s', async (_, part, reason) => {
    const [code, error] = (await refusal(`${part}&type=cpu&service=s`)) as [number, string];
    expect(code).toBe(400);
    expect(error).toContain(reason);
    expect(error.length).toBeLessThan(1_000);
  });
});

function makeTimed(timeNanos: bigint): Uint8Array {
  return makePprof({ samples: [{ stack: 'main', values: [1] }], timeNanos });
}

describe("profefe's defects of uploads are not ours:", () => {
  test('a gzip bomb is 413 before it is large', async () => {
    const bomb = gzipSync(Buffer.alloc(80_000_000));
    expect(bomb.length).toBeLessThan(BOUNDS.bodyBytes);
    const [code, error] = (await refusal('service=s&type=cpu', bomb)) as [number, string];
    expect(code).toBe(413);
    expect(error).toContain('decompressing profile: it has more than');
  });

  test('a body over the limit is 413, whether its length is declared or not', async () => {
    const large = randomBytes(BOUNDS.bodyBytes + 1);
    expect(await refusal('service=s&type=trace', large)).toEqual([
      413,
      `request body too large: more than ${BOUNDS.bodyBytes} bytes`,
    ]);
    const { url, store } = await serve();
    const chunked = { method: 'POST', body: new Blob([large]).stream(), duplex: 'half' } as RequestInit;
    const response = await fetch(`${url}/api/0/profiles?service=s&type=trace`, chunked);
    expect(response.status).toBe(413);
    expect(await store.statistics('anonymous')).toMatchObject({ profiles: 0 });
  });

  test('a storage failure is 500 without its cause, which is logged', async () => {
    const store = freshStore();
    store.write = () => Promise.reject(new Error('the secret path /srv/x is full'));
    const { url, log } = await serve({ store });
    const response = await post(url, 'service=s&type=cpu');
    expect(await jsonOf(response)).toEqual({ code: 500, error: 'internal server error' });
    expect(log.find(({ event }) => event === 'request_failed')?.['reason']).toContain('the secret path');
  });
});
