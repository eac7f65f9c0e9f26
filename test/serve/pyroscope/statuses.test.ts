// Which request is answered with which status: the cases that Pyroscope's own tests name.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_CPU, ApiServer, CPU_ID, NOW_MS, RANGE } from './api-server.ts';

let api: ApiServer;
beforeAll(async () => {
  api = await new ApiServer().start();
  await api.have({ samples: [{ stack: 'a', values: [1] }] });
});
afterAll(() => api.stop());

const backwards = { start: RANGE.end, end: RANGE.start };
const span = { spanSelector: ['aaaaaaaaaaaaaaaa'] };
const both = { left: ALL_CPU, right: ALL_CPU };

/** A request that is well for each method. */
const METHODS: Readonly<Record<string, object>> = {
  ProfileTypes: RANGE,
  LabelNames: RANGE,
  LabelValues: { ...RANGE, name: 'service_name' },
  Series: RANGE,
  SelectMergeStacktraces: ALL_CPU,
  SelectMergeSpanProfile: { ...ALL_CPU, ...span },
  SelectMergeProfile: ALL_CPU,
  SelectSeries: { ...ALL_CPU, step: 15 },
  Diff: both,
  GetProfileStats: {},
};
const RANGED = ['LabelNames', 'LabelValues', 'Series'];
const SELECTING = ['SelectMergeStacktraces', 'SelectMergeSpanProfile', 'SelectMergeProfile', 'SelectSeries'];

describe.each(Object.entries(METHODS))('%s', (method, message) => {
  const path = `/querier.v1.QuerierService/${method}`;

  test('answers 200 to a good request', async () => {
    expect(await api.call(path, message)).toMatchObject({ status: 200, type: 'application/json' });
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('takes no %s', async (verb) => {
    expect(await api.send(path, { method: verb })).toMatchObject({ status: 405 });
  });

  test('takes JSON and protocol buffers only', async () => {
    expect(await api.call(path, message, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await api.call(path, message, { 'content-type': 'application/grpc' })).toMatchObject({
      status: 415,
    });
    expect(
      await api.call(path, message, { 'content-type': 'application/json; charset=utf-8' }),
    ).toMatchObject({ status: 200 });
  });

  test.each(['', '{', '[]', '"text"', '{"start"'])('refuses %j', async (body) => {
    expect(await api.call(path, body)).toMatchObject({ status: 400, json: { code: 'invalid_argument' } });
  });

  test('passes over fields that it does not know', async () => {
    expect(await api.call(path, { ...message, later: { is: 1 } })).toMatchObject({ status: 200 });
  });
});

describe.each(['ProfileTypes', ...RANGED, ...SELECTING])('%s', (method) => {
  test.each<[why: string, fields: object]>([
    ['a start after the end', backwards],
    ['a start that is no number', { start: 'noon' }],
    ['an end that is no number', { end: {} }],
  ])('refuses %s', async (_, fields) => {
    expect(await api.query(method, { ...METHODS[method], ...fields })).toMatchObject({ status: 400 });
  });
});

describe.each([...RANGED, ...SELECTING])('%s', (method) => {
  test('refuses a request without a time range', async () => {
    const message = { ...METHODS[method], start: undefined, end: undefined };
    expect(await api.query(method, message)).toMatchObject({ status: 400 });
  });
});

describe.each(RANGED)('%s', (method) => {
  test.each(['', '{', '{a=b}', 'a b', '{a=~"("}'])('refuses the matcher %j', async (matcher) => {
    expect(await api.query(method, { ...METHODS[method], matchers: [matcher] })).toMatchObject({
      status: 400,
    });
  });

  test('refuses more matchers than the bound', async () => {
    const matchers = new Array<string>(65).fill('{}');
    expect(await api.query(method, { ...METHODS[method], matchers })).toMatchObject({ status: 400 });
  });
});

describe.each(SELECTING)('%s', (method) => {
  test.each<[why: string, fields: object]>([
    ['no profile type', { profileTypeID: undefined }],
    ['an empty profile type', { profileTypeID: '' }],
    ['a profile type of four parts', { profileTypeID: 'process_cpu:cpu:nanoseconds:cpu' }],
    ['a profile type with a sixth part', { profileTypeID: `${CPU_ID}:other` }],
    ['no selector', { labelSelector: undefined }],
    ['an empty selector', { labelSelector: '' }],
    ['a broken selector', { labelSelector: '{a=' }],
    ['an expression that is none', { labelSelector: '{a=~"["}' }],
  ])('refuses %s', async (_, fields) => {
    expect(await api.query(method, { ...METHODS[method], ...fields })).toMatchObject({ status: 400 });
  });

  test('takes a profile type that says delta', async () => {
    const { json } = await api.query(method, { ...METHODS[method], profileTypeID: `${CPU_ID}:delta` });
    expect(json).toEqual((await api.query(method, METHODS[method]!)).json);
  });
});

describe.each(SELECTING.slice(0, 3))('%s', (method) => {
  test.each([
    [-1, 400],
    [0, 200],
    [1, 200],
    [1_048_576, 200],
    [1_048_577, 400],
  ])('answers maxNodes of %s with %s', async (maxNodes, status) => {
    expect(await api.query(method, { ...METHODS[method], maxNodes })).toMatchObject({ status });
  });
});

test.each<[method: string, fields: object, status: number]>([
  ['LabelValues', { name: '' }, 400],
  ['LabelValues', { name: undefined }, 400],
  ['SelectMergeSpanProfile', { spanSelector: [] }, 400],
  ['SelectMergeSpanProfile', { spanSelector: ['short'] }, 400],
  ['SelectMergeStacktraces', { ...span, traceIdSelector: ['b'.repeat(32)] }, 400],
  ['SelectMergeStacktraces', { traceIdSelector: ['b'.repeat(16)] }, 400],
  ['SelectMergeStacktraces', { profileIdSelector: ['x'] }, 501],
  ['SelectMergeStacktraces', { stackTraceSelector: { goPgo: {} } }, 501],
  ['SelectMergeStacktraces', { format: 3 }, 501],
  ['SelectMergeStacktraces', { format: 'PROFILE_FORMAT_NONSENSE' }, 400],
  ['SelectSeries', { stackTraceSelector: { callSite: [{ name: 'a' }] } }, 501],
  ['Diff', { left: undefined }, 400],
  ['Diff', { right: undefined }, 400],
  ['Diff', { left: { ...ALL_CPU, profileTypeID: '' } }, 400],
  ['Diff', { right: { ...ALL_CPU, labelSelector: '' } }, 400],
  ['Diff', { right: { ...ALL_CPU, start: 0 } }, 400],
])('%s with %j answers %s', async (method, fields, status) => {
  expect(await api.query(method, { ...METHODS[method], ...fields })).toMatchObject({ status });
});

test('methods that are not served are unimplemented, as Connect says it', async () => {
  for (const path of [
    '/querier.v1.QuerierService/AnalyzeQuery',
    '/querier.v1.QuerierService/SelectHeatmap',
    '/settings.v1.SettingsService/Get',
    '/vcs.v1.VCSService/GithubApp',
    '/v1development/profiles',
  ])
    expect(await api.call(path, {})).toMatchObject({ status: 501, json: { code: 'unimplemented' } });
});

test('a server tells what it is', async () => {
  expect((await api.call('/version.v1.Version/Version', {})).json).toEqual({ QuerierAPI: '1' });
  expect((await api.call('/capabilities.v1.FeatureFlagsService/GetFeatureFlags', {})).json).toEqual({});
  expect(await api.send('/api/v1/status/buildinfo')).toMatchObject({
    status: 200,
    json: { status: 'success' },
  });
});

test('the old list of profile types is there, and no other old list', async () => {
  expect((await api.send('/pyroscope/label-values?label=__name__')).json).toEqual([CPU_ID]);
  expect(await api.send('/pyroscope/label-values?label=env')).toMatchObject({ status: 400 });
});

test('what no one foresaw tells the client nothing of itself', async () => {
  const broken = await new ApiServer().start();
  try {
    broken.store.series = () => Promise.reject(new Error('/secret/path'));
    const answer = await broken.query('LabelNames', { start: NOW_MS, end: NOW_MS });
    expect(answer).toMatchObject({ status: 500, json: { code: 'internal', message: 'The server failed.' } });
  } finally {
    await broken.stop();
  }
});

test('a tenant sees nothing of another', async () => {
  const { json } = await api.call('/querier.v1.QuerierService/ProfileTypes', RANGE, {
    'x-scope-orgid': 'blue',
  });
  expect(json).toEqual({});
});
