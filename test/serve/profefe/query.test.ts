import { describe, expect, test } from 'vitest';
import { freshStore } from '../../fixtures/fresh-store.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { jsonOf, serve } from '../../fixtures/served.ts';
import type { Json, Served } from '../../fixtures/served.ts';

const SECOND = 1_000_000_000n;
/** 2020-01-01T00:00:00Z */
const T0 = 1_577_836_800n * SECOND;
const ALL = 'from=1970-01-01T00:00:00&to=2100-01-01T00:00:00';

interface Sent {
  readonly service?: string;
  readonly type?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly at?: bigint;
}

async function put({ store }: Served, sent: Sent): Promise<string> {
  const { service = 'svc', type = 'cpu', labels = {}, at = T0 } = sent;
  const profile = await store.write({
    ...{ tenant: 'anonymous', service, type, createdAtNanos: undefined, splitsSeries: false },
    labels: Object.entries(labels).sort(),
    body: makePprof({ samples: [{ stack: 'main;work', values: [1] }], timeNanos: at }),
  });
  return profile.id;
}

async function ask({ url }: Served, query: string): Promise<Json> {
  const response = await fetch(`${url}/api/0/profiles?${query}`);
  expect(response.headers.get('content-type')).toBe('application/json');
  const json = await jsonOf(response);
  expect(json.code).toBe(response.status);
  return json;
}

const idsOf = ({ body }: Json): string[] => (body as { id: string }[]).map(({ id }) => id);

describe('a list', () => {
  test('of the storage suite: by service, type, labels, limit and window', async () => {
    const served = await serve();
    const sent: readonly Sent[] = [
      { at: T0 },
      { at: T0 + SECOND, labels: { key1: 'val1' } },
      { at: T0 + 2n * SECOND, type: 'heap', labels: { key1: 'val1', key2: 'val2' } },
      { at: T0 + 3n * SECOND, type: 'heap', labels: { key3: 'val3' } },
      { at: T0, service: 'svc2', labels: { key1: 'val1' } },
    ];
    const ids: string[] = [];
    for (const one of sent) ids.push(await put(served, one));
    const found = async (query: string): Promise<number[]> =>
      idsOf(await ask(served, `${query}&${ALL}`)).map((id) => ids.indexOf(id));
    expect(await found('service=svc')).toEqual([0, 1, 2, 3]);
    expect(await found('service=svc&type=cpu')).toEqual([0, 1]);
    expect(await found('service=svc&labels=key1=val1')).toEqual([1, 2]);
    expect(await found('service=svc&type=heap&labels=key2=val2,key1=val1')).toEqual([2]);
    expect(await found('service=svc&limit=2')).toEqual([2, 3]);
    expect(await found('service=svc2&type=')).toEqual([4]);
    const window = 'from=2020-01-01T00:00:01&to=2020-01-01T00:00:02';
    expect(idsOf(await ask(served, `service=svc&${window}`))).toEqual([ids[1], ids[2]]);
    expect(await ask(served, `service=svc&type=heap&labels=key3=val1&${ALL}`)).toEqual({
      code: 404,
      error: 'nothing found',
    });
  });

  test.each([
    ['profefe', '2020-01-01T00:00:00', '2020-01-01T00:00:00.0'],
    ['RFC 3339', '2020-01-01T02:00:00%2B02:00', '2019-12-31T23:00:00-01:00'],
    ['seconds', '1577836800', '1577836800'],
    ['milliseconds', '1577836800000', '1577836800000'],
    ['microseconds', '1577836800000000', '1577836800000000'],
    ['nanoseconds', '1577836800000000000', '1577836800000000000'],
  ])('takes times as %s writes them, both ends included', async (_, from, to) => {
    const served = await serve();
    const id = await put(served, { at: T0 });
    await put(served, { at: T0 - 1n });
    await put(served, { at: T0 + 1n });
    expect(idsOf(await ask(served, `service=svc&from=${from}&to=${to}`))).toEqual([id]);
  });

  test('takes times that are counted from now', async () => {
    const served = await serve();
    const now = BigInt(Date.now()) * 1_000_000n;
    const id = await put(served, { at: now - 1_800n * SECOND });
    await put(served, { at: now - 7_200n * SECOND });
    expect(idsOf(await ask(served, 'service=svc&from=now-1h&to=now'))).toEqual([id]);
    expect(idsOf(await ask(served, 'service=svc&from=now-1d12h&to=now'))).toHaveLength(2);
  });

  test('comes page by page without a gap and without a repetition, also where times are equal', async () => {
    const served = await serve();
    const ids: string[] = [];
    for (let i = 0; i < 23; i++) ids.push(await put(served, { at: T0 + BigInt(Math.floor(i / 6)) }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await ask(served, `service=svc&${ALL}&limit=4${cursor}`);
      seen.unshift(...idsOf(page));
      cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(seen).toEqual(ids);
    expect((await ask(served, `service=svc&${ALL}&limit=23`)).next).toBeUndefined();
  });

  test('without a limit has a bound, too, and the rest is on further pages', async () => {
    const store = freshStore();
    const served = await serve({ store });
    const id = await put(served, {});
    const [profile] = await store.list({
      ...{ tenant: 'anonymous', service: 'svc', type: undefined, matchers: [] },
      ...{ fromNanos: 0n, untilNanos: T0 },
    });
    store.list = (_, options) => Promise.resolve(Array.from({ length: options?.limit ?? 0 }, () => profile!));
    const { body, next } = await ask(served, `service=svc&${ALL}`);
    expect([(body as unknown[]).length, next]).toEqual([50_000, `${T0}-${id}`]);
  });

  test.each(['x', '1-abc', '-1-00000000000000000000', '1577836800-../../etc/passwd'])(
    'with the cursor %s is 400',
    async (cursor) => {
      const served = await serve();
      const { code, error } = await ask(served, `service=svc&${ALL}&cursor=${encodeURIComponent(cursor)}`);
      expect(code).toBe(400);
      expect(error).toContain('bad request: bad "cursor"');
    },
  );
});

describe('a bad list is refused:', () => {
  const unsupported = (name: string, value: string): string =>
    `bad request: bad "${name}" timestamp "${value}": time in unsupported format "${value}"`;
  test.each([
    [ALL, 'bad request: missing "service"'],
    ['service=s&to=now', 'bad request: missing "from"'],
    ['service=s&from=now', 'bad request: missing "to"'],
    ['service=s&from=soon&to=now', unsupported('from', 'soon')],
    ['service=s&from=now&to=2020-01-01', unsupported('to', '2020-01-01')],
    ['service=s&from=now&to=2020-01-01%2000:00:00', unsupported('to', '2020-01-01 00:00:00')],
    ['service=s&from=2020-02-30T00:00:00&to=now', unsupported('from', '2020-02-30T00:00:00')],
    ['service=s&from=2020-01-01T25:00:00&to=now', unsupported('from', '2020-01-01T25:00:00')],
    ['service=s&from=2020-01-01T00:00:60&to=now', unsupported('from', '2020-01-01T00:00:60')],
    ['service=s&from=2020-1-1T0:0:0&to=now', unsupported('from', '2020-1-1T0:0:0')],
    ['service=s&from=0001-01-01T00:00:00&to=now', unsupported('from', '0001-01-01T00:00:00')],
    ['service=s&from=9999999999999999999&to=now', unsupported('from', '9999999999999999999')],
    ['service=s&from=-5&to=now', unsupported('from', '-5')],
    [
      'service=s&from=2028-01-01T00:00:00&to=2027-01-01T00:00:00.5',
      'bad request: CreatedAtMin after CreatedAtMax: 2028-01-01 00:00:00 +0000 UTC, 2027-01-01 00:00:00.5 +0000 UTC',
    ],
    [
      `service=s&${ALL}&limit=abc`,
      'bad request: bad "limit" "abc": strconv.Atoi: parsing "abc": invalid syntax',
    ],
    [
      `service=s&${ALL}&limit=1e3`,
      'bad request: bad "limit" "1e3": strconv.Atoi: parsing "1e3": invalid syntax',
    ],
    [
      `service=s&${ALL}&limit=9223372036854775808`,
      'bad request: bad "limit" "9223372036854775808": strconv.Atoi: parsing "9223372036854775808": value out of range',
    ],
  ])('%s', async (query, error) => {
    expect(await ask(await serve(), query)).toEqual({ code: 400, error });
  });
});

describe('the services', () => {
  test('are named once each, sorted', async () => {
    const served = await serve();
    for (const service of ['s10', 's1', 's1', 'a/b']) await put(served, { service });
    const response = await fetch(`${served.url}/api/0/services`);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await jsonOf(response)).toEqual({ code: 200, body: ['a/b', 's1', 's10'] });
  });

  test('of an empty store are 404', async () => {
    const { url } = await serve();
    expect(await jsonOf(await fetch(`${url}/api/0/services`))).toEqual({ code: 404, error: 'nothing found' });
  });

  test('are 500 as JSON where the storage fails', async () => {
    const store = freshStore();
    store.services = () => Promise.reject(new Error('no disk'));
    const { url } = await serve({ store });
    const response = await fetch(`${url}/api/0/services`);
    expect(response.status).toBe(500);
    expect(await jsonOf(response)).toEqual({ code: 500, error: 'internal server error' });
  });
});

test('the version is told', async () => {
  const { url } = await serve();
  const response = await fetch(`${url}/api/0/version`);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await jsonOf(response)).toEqual({
    code: 200,
    body: { version: '1.2.3', commit: '', build_time: '', go_version: `node ${process.version}` },
  });
});

describe("profefe's defects of lists are not ours:", () => {
  test('an unknown type is 400, not all types', async () => {
    const served = await serve();
    await put(served, {});
    for (const type of ['unknown', 'No%20type', 'x/y'])
      expect(await ask(served, `service=svc&type=${type}&${ALL}`)).toEqual({
        code: 400,
        error: 'bad request: unknown profile type',
      });
    expect((await ask(served, `service=svc&type=wall&${ALL}`)).code).toBe(404);
  });

  test.each(['-1', '0', '-9223372036854775808'])('the limit %s is no limit', async (limit) => {
    const served = await serve();
    for (let i = 0; i < 3; i++) await put(served, {});
    expect(idsOf(await ask(served, `service=svc&${ALL}&limit=${limit}`))).toHaveLength(3);
  });

  test('uploads out of order of time are found by their labels', async () => {
    const served = await serve();
    const late = await put(served, { at: T0 + 10n * SECOND, labels: { a: '1' } });
    const early = await put(served, { at: T0, labels: { a: '1' } });
    await put(served, { at: T0 + 5n * SECOND, labels: { a: '2' } });
    expect(idsOf(await ask(served, `service=svc&labels=a=1&${ALL}`))).toEqual([early, late]);
  });

  test('without a type a newer profile of another type hides nothing', async () => {
    const served = await serve();
    const early = await put(served, { type: 'heap', at: T0 });
    await put(served, { type: 'trace_like', at: T0 + 100n * SECOND });
    const window = 'from=2020-01-01T00:00:00&to=2020-01-01T00:00:10';
    expect(idsOf(await ask(served, `service=svc&${window}`))).toEqual([early]);
  });

  test('a label that is asked for with two values finds nothing, not the last one', async () => {
    const served = await serve();
    await put(served, { labels: { a: '2' } });
    expect((await ask(served, `service=svc&labels=a=1,a=2&${ALL}`)).code).toBe(404);
  });
});
