import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeProto } from '../../../src/serve/pyroscope/connect/proto-encode.ts';
import { PushRequest } from '../../../src/serve/pyroscope/messages.ts';
import { makePprof, stacksOf } from '../../fixtures/pprof-samples.ts';
import { ApiServer, NOW, NOW_MS, RANGE } from './api-server.ts';

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer().start();
});
afterEach(() => api.stop());

const PATH = '/push.v1.PusherService/Push';
const NAMED = { __name__: 'process_cpu', service_name: 'shop' };
const oneStack = (stack = 'main;work', value = 10): Uint8Array =>
  makePprof({ samples: [{ stack, values: [value] }], timeNanos: NOW - 1_000_000_000n });
const everything = {
  tenant: 'anonymous',
  service: undefined,
  type: undefined,
  matchers: [],
  fromNanos: 0n,
  untilNanos: NOW,
};
const stored = async (): Promise<number> => (await api.store.list(everything)).length;

describe('a push', () => {
  test('stores a profile from JSON and answers with an empty message', async () => {
    const answer = await api.push([
      { labels: { ...NAMED, env: 'prod', __delta__: 'false' }, profiles: [oneStack()] },
    ]);
    expect(answer).toMatchObject({ status: 200, json: {} });
    const [profile] = await api.store.list(everything);
    expect(profile).toMatchObject({ service: 'shop', type: 'cpu', labels: [['env', 'prod']] });
    expect(profile!.createdAtNanos).toBe(NOW - 1_000_000_000n);
  });

  test.each([false, true])('stores a profile from protocol buffers, gzip: %s', async (isGzip) => {
    const message = encodeProto(PushRequest, {
      series: [
        {
          labels: [
            { name: '__name__', value: 'wall' },
            { name: 'service_name', value: 'shop' },
          ],
          samples: [{ rawProfile: oneStack(), ID: '7c9e6679-7425-40de-944b-e07fc1f90ae7' }],
        },
      ],
    });
    const answer = await api.send(PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/proto', ...(isGzip ? { 'content-encoding': 'gzip' } : {}) },
      body: Buffer.from(isGzip ? gzipSync(message) : message),
    });
    expect(answer).toMatchObject({ status: 200, type: 'application/proto' });
    expect(answer.body).toHaveLength(0);
    const merged = await api.store.merge({ selector: everything }, { withSampleLabels: false });
    expect(stacksOf(merged!.pprof)).toEqual(['main;work=10']);
  });

  test('that is sent again with its ids stores each profile once', async () => {
    const send = async (ID: string, rawProfile: Uint8Array, env: string): Promise<void> => {
      const labels = Object.entries({ ...NAMED, env }).map(([name, value]) => ({ name, value }));
      const sample = { rawProfile: Buffer.from(rawProfile).toString('base64'), ID };
      const answer = await api.call(PATH, { series: [{ labels, samples: [sample] }] });
      expect(answer.status).toBe(200);
    };
    const id = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    await send(id, oneStack(), 'prod');
    await send(id, oneStack(), 'prod');
    expect(await stored()).toBe(1);
    // Ids that are no ids: nothing may be lost by them.
    await send(id, oneStack('main;other'), 'prod');
    await send(id, oneStack(), 'test');
    expect(await stored()).toBe(3);
    await send('', oneStack(), 'prod');
    await send('', oneStack(), 'prod');
    expect(await stored()).toBe(5);
  });

  test('is refused where a sample type could never be asked for', async () => {
    const body = makePprof({
      sampleTypes: [{ type: 'wall:clock', unit: 'nanoseconds' }],
      samples: [{ stack: 'a', values: [1] }],
    });
    const answer = await api.push([{ labels: NAMED, profiles: [body] }]);
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toContain('has a colon in it');
    expect(await stored()).toBe(0);
  });

  test('makes text labels of samples labels of series', async () => {
    const profile = makePprof({
      timeNanos: NOW,
      samples: [
        { stack: 'a', values: [1], labels: { uri: '/x', span_id: '00000000000000aa' } },
        { stack: 'b', values: [2], labels: { uri: '/y' } },
      ],
    });
    await api.push([{ labels: NAMED, profiles: [profile] }]);
    const answer = await api.query('LabelValues', { name: 'uri', ...RANGE });
    expect(answer.json).toEqual({ names: ['/x', '/y'] });
  });

  test('says how many profiles it stored when others of the request are refused', async () => {
    const answer = await api.push([
      { labels: NAMED, profiles: [oneStack(), Buffer.from('no profile'), oneStack('c')] },
      { labels: { service_name: 'nameless' }, profiles: [oneStack()] },
    ]);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        /^2 of 4 profiles are stored.*profile 2 of series 1: .*profile 1 of series 2: /,
      ) as string,
    });
    expect(await stored()).toBe(2);
  });

  test('takes a profile without samples for one with nothing to keep', async () => {
    const answer = await api.push([{ labels: NAMED, profiles: [makePprof({ samples: [] }), oneStack()] }]);
    expect(answer.status).toBe(200);
    expect(await stored()).toBe(1);
  });

  test('stores for the tenant of the request', async () => {
    const message = {
      series: [
        {
          labels: [{ name: '__name__', value: 'wall' }],
          samples: [{ rawProfile: Buffer.from(oneStack()).toString('base64') }],
        },
      ],
    };
    await api.call(PATH, message, { 'x-scope-orgid': 'blue' });
    expect(await stored()).toBe(0);
    expect(await api.store.list({ ...everything, tenant: 'blue' })).toMatchObject([
      { service: 'unknown_service' },
    ]);
  });
});

describe('a push is refused', () => {
  const many = Object.fromEntries(Array.from({ length: 29 }, (_, i) => [`label_${i}`, 'x']));
  test.each<[why: string, labels: Record<string, string>, message: RegExp]>([
    ['without a name', { service_name: 'shop' }, /__name__ is missing/],
    ['with 31 labels', { ...NAMED, ...many }, /31 labels; at most 30/],
    ['with a long name', { ...NAMED, ['n'.repeat(1_025)]: 'x' }, /more than 1024 bytes/],
    ['with a long value', { ...NAMED, env: 'é'.repeat(1_025) }, /more than 2048 bytes/],
    ['with a label that has no name', { ...NAMED, '': 'x' }, /no name/],
    ['with a label of the inner kind', { ...NAMED, __mine__: 'x' }, /two underscores/],
    ['with a name that breaks ids', { ...NAMED, __name__: 'a:b' }, /letters, digits/],
    ['with a name of what is no pprof', { ...NAMED, __name__: 'trace' }, /no type of pprof/],
  ])('%s', async (_, labels, message) => {
    const answer = await api.push([{ labels, profiles: [oneStack()] }]);
    expect(answer).toMatchObject({
      status: 400,
      json: { code: 'invalid_argument', message: expect.stringMatching(message) as string },
    });
    expect(await stored()).toBe(0);
  });

  test('not at 30 labels', async () => {
    const labels = { ...NAMED, ...Object.fromEntries(Object.entries(many).slice(1)) };
    expect((await api.push([{ labels, profiles: [oneStack()] }])).status).toBe(200);
  });

  test('with a label that is given twice', async () => {
    const labels = ['__name__', 'env', 'env'].map((name) => ({ name, value: 'wall' }));
    const samples = [{ rawProfile: Buffer.from(oneStack()).toString('base64') }];
    const answer = await api.call(PATH, { series: [{ labels, samples }] });
    expect(answer).toMatchObject({ status: 400, json: { message: 'The label "env" is given twice.' } });
  });

  test.each<[why: string, profile: Uint8Array]>([
    ['that is empty', new Uint8Array(0)],
    ['that is text', Buffer.from('main;work 3')],
    ['that was cut short', oneStack().subarray(0, 40)],
  ])('with a profile %s', async (_, profile) => {
    const answer = await api.push([{ labels: NAMED, profiles: [profile] }]);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_argument' } });
    expect(await stored()).toBe(0);
  });

  test.each<[why: string, init: RequestInit, status: number]>([
    ['as text', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['without a type', { method: 'POST', body: Buffer.from('{}') }, 415],
    ['as GET', {}, 405],
    ['as PUT', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{}' }, 405],
    ['with broken JSON', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' }, 400],
    ['with nothing', { method: 'POST', headers: { 'content-type': 'application/json' } }, 400],
    [
      'in brotli',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
        body: '{}',
      },
      501,
    ],
    [
      'with broken gzip',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: 'abc',
      },
      400,
    ],
    [
      'over the bound',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: ' '.repeat(1_048_577) },
      413,
    ],
    [
      'with a gzip that bursts',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(Buffer.alloc(8_388_608)),
      },
      413,
    ],
  ])('%s', async (_, init, status) => {
    expect((await api.send(PATH, init)).status).toBe(status);
  });
});

test('times of a backlog are kept, however old', async () => {
  const profile = makePprof({ samples: [{ stack: 'a', values: [1] }], timeNanos: NOW - 86_400_000_000_000n });
  await api.push([{ labels: NAMED, profiles: [profile] }]);
  const start = String(NOW_MS - 86_400_000);
  expect((await api.query('ProfileTypes', { start, end: start })).json).toHaveProperty('profileTypes');
});
