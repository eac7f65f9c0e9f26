import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ValueType } from '../../../../src/formats/pprof/pprof.ts';
import { makePprof } from '../../../fixtures/pprof-samples.ts';
import type { Answer } from '../api-server.ts';
import { ApiServer, NOW, NOW_MS, RANGE } from '../api-server.ts';

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer().start();
});
afterEach(() => api.stop());

const everything = {
  tenant: 'anonymous',
  service: undefined,
  type: undefined,
  matchers: [],
  fromNanos: 0n,
  untilNanos: NOW,
};
const FROM = String(NOW_MS / 1_000 - 60);

const post = (
  query: Record<string, string>,
  body: Uint8Array | FormData | string,
  type?: string,
): Promise<Answer> =>
  api.send(`/ingest?${new URLSearchParams({ name: 'shop{env=prod}', from: FROM, ...query }).toString()}`, {
    method: 'POST',
    body: body instanceof FormData || typeof body === 'string' ? body : Buffer.from(body),
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  });

const profile = (...types: string[]): Uint8Array =>
  makePprof({
    sampleTypes: types.map((type): ValueType => ({ type, unit: 'count' })),
    samples: [{ stack: 'main;work', values: types.map(() => 3), labels: { uri: '/x' } }],
  });

const formOf = (fields: Record<string, Uint8Array>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, new Blob([Buffer.from(value)]), 'file');
  return data;
};

describe('pprof', () => {
  test.each<[why: string, send: () => Promise<Answer>]>([
    ['raw', () => post({ format: 'pprof' }, gunzipSync(profile('samples', 'cpu')))],
    ['gzipped', () => post({ format: 'pprof' }, profile('samples', 'cpu'))],
    ['in a form', () => post({}, formOf({ profile: profile('samples', 'cpu') }))],
    [
      'in a form that says pprof',
      () => post({ format: 'pprof' }, formOf({ profile: profile('samples', 'cpu') })),
    ],
  ])('%s is stored, with nothing in the answer', async (_, send) => {
    const answer = await send();
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toHaveLength(0);
    const [stored] = await api.store.list(everything);
    expect(stored).toMatchObject({
      service: 'shop',
      type: 'cpu',
      labels: [
        ['env', 'prod'],
        ['pyroscope_spy', 'unknown'],
      ],
      createdAtNanos: BigInt(FROM) * 1_000_000_000n,
    });
    expect((await api.query('LabelValues', { ...RANGE, name: 'uri' })).json).toEqual({ names: ['/x'] });
  });

  test.each<[types: string[], name: string]>([
    [['samples', 'wall'], 'wall'],
    [['samples', 'wall', 'cpu'], 'wall'],
    [['samples', 'cpu'], 'cpu'],
    [['alloc_objects', 'alloc_space', 'inuse_objects', 'inuse_space'], 'heap'],
    [['objects', 'space'], 'heap'],
    [['mutex_count', 'mutex_duration'], 'mutex'],
    [['block_count', 'block_duration'], 'block'],
    [['goroutines'], 'goroutines'],
    [['samples'], 'cpu'],
    [['samples', 'exceptions'], 'cpu'],
    [['alloc_objects', 'cpu'], 'heap'],
    [['exceptions'], 'exceptions'],
  ])('of %j is of type %s', async (types, type) => {
    await post({ format: 'pprof' }, profile(...types));
    expect(await api.store.list(everything)).toMatchObject([{ type }]);
  });

  test('is what the form says of its sample types', async () => {
    const config = Buffer.from(
      JSON.stringify({ samples: { 'display-name': 'goroutines', units: 'goroutines' } }),
    );
    await post({}, formOf({ profile: profile('samples'), sample_type_config: config }));
    expect(await api.store.list(everything)).toMatchObject([{ type: 'goroutines' }]);
  });

  test('with broken settings of a kind that mean nothing is taken', async () => {
    for (const config of ['{"cpu": null}', '{"cpu": {"display-name": 5}}', '{}', ''])
      expect(
        await post({}, formOf({ profile: profile('cpu'), sample_type_config: Buffer.from(config) })),
      ).toMatchObject({ status: 200 });
    expect(
      await post({}, formOf({ profile: profile('cpu'), sample_type_config: Buffer.alloc(65_537, ' ') })),
    ).toMatchObject({ status: 422 });
  });

  test('keeps dots in the name of its application', async () => {
    await post({ format: 'pprof', name: 'my.app', spyName: 'nodespy' }, profile('cpu'));
    expect(await api.store.list(everything)).toMatchObject([
      { service: 'my.app', labels: [['pyroscope_spy', 'nodespy']] },
    ]);
  });

  test('is of the service that a label names', async () => {
    await post({ format: 'pprof', name: 'shop{service_name=blog}' }, profile('cpu'));
    expect(await api.store.list(everything)).toMatchObject([{ service: 'blog' }]);
  });

  test('goes to the older address, too', async () => {
    const path = '/pyroscope/ingest?name=shop&format=pprof';
    expect(await api.send(path, { method: 'POST', body: Buffer.from(profile('cpu')) })).toMatchObject({
      status: 200,
    });
  });

  test('may be gzipped once more on its way', async () => {
    const answer = await api.send('/ingest?name=shop&format=pprof', {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(profile('cpu')),
    });
    expect(answer.status).toBe(200);
    expect(await api.store.list(everything)).toHaveLength(1);
  });

  test.each<[why: string, send: () => Promise<Answer>]>([
    ['of no samples', () => post({ format: 'pprof' }, makePprof({ samples: [] }))],
    ['of no bytes', () => post({ format: 'pprof' }, new Uint8Array(0))],
    ['of no bytes in a form', () => post({}, formOf({ profile: new Uint8Array(0) }))],
  ])('%s has nothing to keep, which is no error', async (_, send) => {
    expect(await send()).toMatchObject({ status: 200 });
    expect(await api.store.list(everything)).toEqual([]);
  });
});

describe('what is refused', () => {
  test.each<[why: string, status: number, code: string, send: () => Promise<Answer>]>([
    ['no name', 400, 'invalid_argument', () => post({ name: '' }, profile('cpu'))],
    ['a broken name', 400, 'invalid_argument', () => post({ name: 'shop{a' }, profile('cpu'))],
    [
      'a label of the inner kind',
      400,
      'invalid_argument',
      () => post({ format: 'pprof', name: 'shop{__mine__=1}' }, profile('cpu')),
    ],
    ['no time', 400, 'invalid_argument', () => post({ format: 'pprof', from: 'yesterday' }, profile('cpu'))],
    [
      'an end that is no time',
      400,
      'invalid_argument',
      () => post({ format: 'pprof', until: 'soon' }, profile('cpu')),
    ],
    ['an unknown format', 400, 'invalid_argument', () => post({ format: 'pporf' }, profile('cpu'))],
    ['jfr', 415, 'invalid_argument', () => post({ format: 'jfr' }, profile('cpu'))],
    ['text for pprof', 422, 'unknown', () => post({ format: 'pprof' }, 'main;work 3')],
    [
      'pprof that was cut short',
      422,
      'unknown',
      () => post({ format: 'pprof' }, profile('cpu').subarray(0, 50)),
    ],
    ['pprof without sample types', 422, 'unknown', () => post({ format: 'pprof' }, Buffer.from([0x32, 0]))],
    ['a sample type that breaks ids', 422, 'unknown', () => post({ format: 'pprof' }, profile('a:b'))],
    ['a form without a profile', 422, 'unknown', () => post({}, formOf({ other: profile('cpu') }))],
    [
      'a difference of profiles',
      422,
      'unknown',
      () => post({}, formOf({ profile: profile('cpu'), prev_profile: profile('cpu') })),
    ],
    [
      'a form with broken settings',
      422,
      'unknown',
      () => post({}, formOf({ profile: profile('cpu'), sample_type_config: Buffer.from('[') })),
    ],
    ['a form without a boundary', 422, 'unknown', () => post({}, 'x', 'multipart/form-data')],
    [
      'a form that ends early',
      422,
      'unknown',
      () => post({}, '--b\r\n\r\nx', 'multipart/form-data; boundary=b'),
    ],
    [
      'a body over the bound',
      413,
      'invalid_argument',
      () => post({ format: 'pprof' }, Buffer.alloc(1_048_577)),
    ],
    [
      'pprof that bursts',
      413,
      'invalid_argument',
      () => post({ format: 'pprof' }, gzipSync(Buffer.alloc(8_388_608))),
    ],
  ])('%s: %s', async (_, status, code, send) => {
    expect(await send()).toMatchObject({ status, json: { code } });
    expect(await api.store.list(everything)).toEqual([]);
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s', async (method) => {
    expect(await api.send('/ingest?name=shop', { method })).toMatchObject({ status: 405 });
  });

  test('more fields of a form than the bound', async () => {
    const fields = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, Buffer.from('x')]));
    expect(await post({}, formOf(fields))).toMatchObject({ status: 422 });
  });
});
