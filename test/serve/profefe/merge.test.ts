import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { decodePprofTable } from '../../../src/formats/pprof/decode.ts';
import type { ValueType } from '../../../src/formats/pprof/pprof.ts';
import { makePprof, stacksOf } from '../../fixtures/pprof-samples.ts';
import { BOUNDS, jsonOf, serve } from '../../fixtures/served.ts';
import type { Served } from '../../fixtures/served.ts';

const ALL = 'from=1970-01-01T00:00:00&to=2100-01-01T00:00:00';
const HEAP: readonly ValueType[] = [
  { type: 'alloc_objects', unit: 'count' },
  { type: 'alloc_space', unit: 'bytes' },
];

interface Sent {
  readonly stacks: Readonly<Record<string, number>>;
  readonly type?: string;
  readonly sampleTypes?: readonly ValueType[];
  readonly at?: bigint;
  readonly labels?: Readonly<Record<string, string>>;
}

async function put(
  { store }: Served,
  { stacks, type = 'cpu', sampleTypes, at = 1n, labels = {} }: Sent,
): Promise<string> {
  const body = makePprof({
    samples: Object.entries(stacks).map(([stack, value]) => ({
      stack,
      values: Array.from({ length: sampleTypes?.length ?? 1 }, () => value),
    })),
    // In 1970 it would count as not said.
    timeNanos: (1_700_000_000n + at) * 1_000_000_000n,
    durationNanos: 10n,
    ...(sampleTypes === undefined ? {} : { sampleTypes, periodType: sampleTypes[0]! }),
  });
  const upload = { tenant: 'anonymous', service: 's', type, createdAtNanos: undefined, splitsSeries: false };
  const profile = await store.write({ ...upload, body, labels: Object.entries(labels).sort() });
  return profile.id;
}

async function putTrace({ store }: Served): Promise<string> {
  const upload = {
    tenant: 'anonymous',
    service: 's',
    type: 'trace',
    createdAtNanos: 1n,
    splitsSeries: false,
  };
  return (await store.write({ ...upload, body: Buffer.from('trace'), labels: [] })).id;
}

async function stacksAt({ url }: Served, path: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/0/profiles/${path}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
  const packed = Buffer.from(await response.arrayBuffer());
  expect(packed.subarray(0, 2).toString('hex')).toBe('1f8b');
  // What a reader of others makes of it.
  expect(Profile.decode(gunzipSync(packed)).sample.length).toBeGreaterThan(0);
  return stacksOf(decodePprofTable(gunzipSync(packed)));
}

async function refusalAt({ url }: Served, path: string, method = 'GET'): Promise<unknown> {
  const response = await fetch(`${url}/api/0/profiles/${path}`, { method });
  expect(response.headers.get('content-type')).toBe('application/json');
  const { code, error } = await jsonOf(response);
  expect(code).toBe(response.status);
  return [code, error];
}

describe('a merge', () => {
  test('by ids is the sum, with %2B as with +, and an id that is named twice counts twice', async () => {
    const served = await serve();
    const [a, b] = [
      await put(served, { stacks: { 'm;x': 1, 'm;y': 2 } }),
      await put(served, { stacks: { 'm;x': 0, 'm;y': 5 } }),
    ];
    const sum = ['m;x=1', 'm;y=7'];
    expect(await stacksAt(served, `${a}+${b}`)).toEqual(sum);
    expect(await stacksAt(served, `${a}%2B${b}`)).toEqual(sum);
    expect(await stacksAt(served, `${a}+${b}/`)).toEqual(sum);
    expect(await stacksAt(served, `${b}+${b}`)).toEqual(['m;y=10']);
  });

  test('by query is that by ids; of one profile it is gzipped pprof, too', async () => {
    const served = await serve();
    const labels = { h: '1' };
    const a = await put(served, { stacks: { 'm;x': 1 }, at: 10n, labels });
    const b = await put(served, { stacks: { 'm;x': 2 }, at: 20n, labels });
    await put(served, { stacks: { 'm;x': 100 }, at: 30n, labels: { h: '2' } });
    await put(served, { stacks: { 'm;x': 1_000 }, at: 15n, type: 'wall' });
    const query = `merge?service=s&type=cpu&labels=h=1&${ALL}`;
    expect(await stacksAt(served, query)).toEqual(await stacksAt(served, `${a}+${b}`));
    expect(await stacksAt(served, query.replace('merge', 'merge/'))).toEqual(['m;x=3']);
    expect(await stacksAt(served, `${query}&limit=1`)).toEqual(['m;x=2']);
    expect(await stacksAt(served, `merge?service=s&type=cpu&limit=2&${ALL}`)).toEqual(['m;x=102']);
    expect(await stacksAt(served, `merge?service=s&type=wall&${ALL}`)).toEqual(['m;x=1000']);
  });

  test('is named after its type', async () => {
    const served = await serve();
    await put(served, { stacks: { m: 1 } });
    const { headers } = await fetch(`${served.url}/api/0/profiles/merge?service=s&type=cpu&${ALL}`);
    expect(headers.get('content-disposition')).toBe('attachment; filename="cpu"');
  });

  test.each([
    [`merge?type=cpu&${ALL}`, 400, 'bad request: missing "service"'],
    ['merge?service=s&type=cpu', 400, 'bad request: missing "from"'],
    [`merge?service=s&type=cpu&labels=a=b&${ALL}`, 404, 'nothing found'],
    [
      `merge?service=s&type=cpu&limit=x&${ALL}`,
      400,
      'bad request: bad "limit" "x": strconv.Atoi: parsing "x": invalid syntax',
    ],
  ])('as %s is refused', async (path, code, error) => {
    expect(await refusalAt(await serve(), path)).toEqual([code, error]);
  });

  test('of more profiles than the bound is 422, unless a limit is given', async () => {
    const served = await serve({ bounds: { ...BOUNDS, mergedProfiles: 3 } });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push(await put(served, { stacks: { m: 1 } }));
    const query = `merge?service=s&type=cpu&${ALL}`;
    expect(await refusalAt(served, query)).toEqual([
      422,
      'there are more than 3 profiles to merge: ask for a shorter time, or give a limit',
    ]);
    expect(await stacksAt(served, `${query}&limit=3`)).toEqual(['m=3']);
    expect(await refusalAt(served, ids.join('+'))).toEqual([422, 'there are more than 3 ids']);
  });
});

describe('a profile by its id', () => {
  test.each(['00000000000000000000', 'd4h5g6a0s1d2f3v4v5u0'])('%s that is not there is 404', async (id) => {
    const served = await serve();
    await put(served, { stacks: { m: 1 } });
    expect(await refusalAt(served, id)).toEqual([404, 'nothing found']);
    expect(await refusalAt(served, id, 'DELETE')).toEqual([404, 'nothing found']);
  });

  test('is gone after DELETE', async () => {
    const served = await serve();
    const [a, b] = [await put(served, { stacks: { m: 1 } }), await put(served, { stacks: { m: 1 } })];
    const response = await fetch(`${served.url}/api/0/profiles/${a}`, { method: 'DELETE' });
    expect(await jsonOf(response)).toEqual({ code: 200, body: { deleted: 1 } });
    expect(await refusalAt(served, a)).toEqual([404, 'nothing found']);
    const both = await fetch(`${served.url}/api/0/profiles/${a}+${b}`, { method: 'DELETE' });
    expect(both.headers.get('x-missing-profile-ids')).toBe(a);
    expect(await jsonOf(both)).toEqual({ code: 200, body: { deleted: 1 } });
    expect(await served.store.statistics('anonymous')).toMatchObject({ profiles: 0 });
  });
});

describe("profefe's defects of ids and merges are not ours:", () => {
  test.each([
    'abc',
    'a',
    'UPPER',
    '%00',
    '..%2F..%2Fetc%2Fpasswd',
    'd4h5g6a0s1d2f3v4v5u',
    'd4h5g6a0s1d2f3v4v5u00',
    '0000000000000000000v',
  ])("the id %s is 400, and finds nobody else's profile", async (id) => {
    const served = await serve();
    await put(served, { stacks: { m: 1 } });
    const [code, error] = (await refusalAt(served, id)) as [number, string];
    expect(code).toBe(400);
    expect(error).toContain('bad request: bad profile id');
  });

  test('a part of an id finds nothing', async () => {
    const served = await serve();
    const id = await put(served, { stacks: { m: 1 } });
    for (const length of [1, 3, 8, 19])
      expect(await refusalAt(served, id.slice(0, length))).toMatchObject([400, expect.any(String)]);
  });

  test('an empty id among several is 400', async () => {
    const served = await serve();
    const id = await put(served, { stacks: { m: 1 } });
    for (const path of [`${id}++${id}`, `+${id}`, `${id}+`])
      expect(await refusalAt(served, path)).toEqual([400, 'bad request: bad profile id ""']);
  });

  test('ids that are missing in a merge are told in headers', async () => {
    const served = await serve();
    const id = await put(served, { stacks: { m: 1 } });
    const gone = ['00000000000000000000', '10000000000000000000'];
    const response = await fetch(`${served.url}/api/0/profiles/${[gone[0], id, gone[1]].join('+')}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-missing-profiles')).toBe('2');
    expect(response.headers.get('x-missing-profile-ids')).toBe(gone.join(', '));
    const whole = await fetch(`${served.url}/api/0/profiles/${id}+${id}`);
    expect(whole.headers.get('x-missing-profiles')).toBeNull();
  });

  test('several ids of which none exists are 404', async () => {
    expect(await refusalAt(await serve(), '00000000000000000000+10000000000000000000')).toEqual([
      404,
      'nothing found',
    ]);
  });

  test('cpu and heap do not merge: 422 names both kinds', async () => {
    const served = await serve();
    const cpu = await put(served, { stacks: { m: 1 } });
    const heap = await put(served, { stacks: { m: 1 }, type: 'heap', sampleTypes: HEAP });
    const [code, error] = (await refusalAt(served, `${cpu}+${heap}`)) as [number, string];
    expect(code).toBe(422);
    expect(error).toContain('cpu/nanoseconds');
    expect(error).toContain('alloc_objects/count');
  });

  test('a trace does not merge: 422', async () => {
    const served = await serve();
    const ids = [await put(served, { stacks: { m: 1 } }), await putTrace(served)];
    expect(await refusalAt(served, ids.join('+'))).toMatchObject([422, expect.any(String)]);
  });

  test.each([
    ['', "can't merge profiles of unknown type"],
    ['&type=unknown', "can't merge profiles of unknown type"],
    ['&type=No!', "can't merge profiles of unknown type"],
    ['&type=trace', "can't merge profiles of trace type"],
  ])('a merge with "%s" is 400, not 405', async (type, error) => {
    expect(await refusalAt(await serve(), `merge?service=s${type}&${ALL}`)).toEqual([400, error]);
  });
});
