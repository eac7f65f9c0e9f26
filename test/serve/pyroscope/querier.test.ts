import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Profile as ForeignProfile } from 'pprof-format';
import { ALL_CPU, ApiServer, CPU_ID, NOW, NOW_MS, RANGE } from './api-server.ts';
import type { Answer } from './api-server.ts';

const MINUTE = 60_000_000_000n;
const SPAN = 'aaaaaaaaaaaaaaaa';
const TRACE = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer().start();
  await api.have(
    {
      samples: [
        { stack: 'a;b;e', values: [1], labels: { uri: '/x', span_id: SPAN } },
        { stack: 'a;c', values: [1], labels: { uri: '/y', trace_id: TRACE } },
        { stack: 'a;c;d', values: [1], labels: { uri: '/y' } },
      ],
    },
    { env: 'prod' },
  );
  await api.have(
    { samples: [{ stack: 'a;b', values: [5] }], timeNanos: NOW - 30n * MINUTE },
    { service_name: 'blog', env: 'test' },
  );
});
afterEach(() => api.stop());

const shop = { ...ALL_CPU, labelSelector: '{service_name="shop"}' };
const flameOf = (answer: Answer): unknown => (answer.json as { flamegraph: unknown }).flamegraph;

describe('what there is', () => {
  test('profile types, without a time range, too', async () => {
    const type = {
      ID: CPU_ID,
      name: 'process_cpu',
      sampleType: 'cpu',
      sampleUnit: 'nanoseconds',
      periodType: 'cpu',
      periodUnit: 'nanoseconds',
    };
    for (const range of [{}, RANGE, { start: 0, end: 0 }, { start: -5, end: 10 }])
      expect((await api.query('ProfileTypes', range)).json).toEqual({ profileTypes: [type] });
    const before = { start: String(NOW_MS - 7_200_000), end: String(NOW_MS - 3_600_000) };
    expect((await api.query('ProfileTypes', before)).json).toEqual({});
  });

  test('names and values of labels, those of series among them', async () => {
    expect((await api.query('LabelNames', RANGE)).json).toEqual({
      names: ['__name__', '__profile_type__', 'env', 'service_name', 'uri'],
    });
    const blog = { ...RANGE, matchers: ['{service_name="blog"}'] };
    expect((await api.query('LabelNames', blog)).json).toMatchObject({
      names: expect.not.arrayContaining(['uri']) as string[],
    });
    expect((await api.query('LabelValues', { ...RANGE, name: 'env' })).json).toEqual({
      names: ['prod', 'test'],
    });
    const both = { ...RANGE, name: 'service_name', matchers: ['{env=~".*"}', '{env!="prod"}'] };
    expect((await api.query('LabelValues', both)).json).toEqual({ names: ['blog'] });
    expect((await api.query('LabelValues', { ...RANGE, name: 'nobody' })).json).toEqual({});
  });

  test('names with dots for clients that say they can quote them', async () => {
    await api.have({ samples: [{ stack: 'a', values: [1] }] }, { 'otel.scope': 'x' });
    const path = '/querier.v1.QuerierService/LabelNames';
    const hidden = await api.call(path, RANGE);
    const shown = await api.call(path, RANGE, { accept: '*/*;allow-utf8-labelnames=true' });
    expect(JSON.stringify(hidden.json)).not.toContain('otel.scope');
    expect(JSON.stringify(shown.json)).toContain('otel.scope');
    const selector = { ...ALL_CPU, labelSelector: '{"otel.scope"="x"}' };
    expect(flameOf(await api.query('SelectMergeStacktraces', selector))).toMatchObject({ total: '1' });
  });

  test('series, cut down to labels', async () => {
    const labelNames = ['service_name', '__profile_type__'];
    const set = (service: string): object => ({
      labels: [
        { name: '__profile_type__', value: CPU_ID },
        { name: 'service_name', value: service },
      ],
    });
    expect((await api.query('Series', { ...RANGE, labelNames })).json).toEqual({
      labelsSet: [set('blog'), set('shop')],
    });
    expect((await api.query('Series', { ...RANGE, labelNames: ['nobody'] })).json).toEqual({});
  });

  test('statistics', async () => {
    expect((await api.query('GetProfileStats', {})).json).toEqual({
      dataIngested: true,
      oldestProfileTime: String(NOW_MS - 1_800_000),
      newestProfileTime: String(NOW_MS - 60_000),
    });
  });
});

describe('a flame graph', () => {
  test('is laid out as Pyroscope does', async () => {
    expect(flameOf(await api.query('SelectMergeStacktraces', shop))).toEqual({
      names: ['total', 'a', 'c', 'd', 'b', 'e'],
      levels: [
        { values: ['0', '3', '0', '0'] },
        { values: ['0', '3', '0', '1'] },
        { values: ['0', '1', '0', '4', '0', '2', '1', '2'] },
        { values: ['0', '1', '1', '5', '1', '1', '1', '3'] },
      ],
      total: '3',
      maxSelf: '1',
    });
  });

  test('joins what is narrower than the widest nodes', async () => {
    const all = await api.query('SelectMergeStacktraces', { ...ALL_CPU, maxNodes: 3 });
    expect(flameOf(all)).toMatchObject({ names: ['total', 'a', 'c', 'other', 'b'], total: '8' });
  });

  test('counts series whose labels match, and no others of their profile', async () => {
    const totals = async (labelSelector: string): Promise<unknown> =>
      (
        flameOf(await api.query('SelectMergeStacktraces', { ...ALL_CPU, labelSelector })) as {
          total?: string;
        }
      ).total;
    expect(await totals('{uri="/y"}')).toBe('2');
    expect(await totals('{uri!="/y"}')).toBe('6');
    expect(await totals('{uri=~"/.*",env="prod"}')).toBe('3');
    expect(await totals('{uri!~".+"}')).toBe('5');
    expect(await totals('{env="nobody"}')).toBe(undefined);
  });

  test('of spans, traces or a call site has their samples alone', async () => {
    const totalOf = async (method: string, more: object): Promise<unknown> =>
      (flameOf(await api.query(method, { ...shop, ...more })) as { total?: string }).total;
    expect(await totalOf('SelectMergeSpanProfile', { spanSelector: [SPAN] })).toBe('1');
    expect(await totalOf('SelectMergeStacktraces', { spanSelector: [SPAN.toUpperCase()] })).toBe('1');
    expect(await totalOf('SelectMergeStacktraces', { traceIdSelector: [TRACE] })).toBe('1');
    expect(await totalOf('SelectMergeStacktraces', { spanSelector: ['cccccccccccccccc'] })).toBe(undefined);
    const callSite = ['a', 'c'].map((name) => ({ name }));
    expect(await totalOf('SelectMergeStacktraces', { stackTraceSelector: { callSite } })).toBe('2');
  });

  test('takes the time range to the last millisecond', async () => {
    const at = String(NOW_MS - 60_000);
    const totalOf = async (start: string, end: string): Promise<unknown> =>
      (flameOf(await api.query('SelectMergeStacktraces', { ...shop, start, end })) as { total?: string })
        .total;
    expect(await totalOf(at, at)).toBe('3');
    expect(await totalOf(String(Number(at) + 1), String(NOW_MS))).toBe(undefined);
  });

  test('of two shows both sides', async () => {
    const answer = await api.query('Diff', {
      left: { ...ALL_CPU, labelSelector: '{service_name="blog"}' },
      right: shop,
    });
    expect(flameOf(answer)).toEqual({
      names: ['total', 'a', 'c', 'd', 'b', 'e'],
      levels: [
        { values: ['0', '5', '0', '0', '3', '0', '0'] },
        { values: ['0', '5', '0', '0', '3', '0', '1'] },
        { values: ['0', '5', '5', '0', '1', '0', '4', '0', '0', '0', '0', '2', '1', '2'] },
        { values: ['5', '0', '0', '0', '1', '1', '5', '0', '0', '0', '1', '1', '1', '3'] },
      ],
      total: '8',
      maxSelf: '5',
      leftTicks: '5',
      rightTicks: '3',
    });
  });
});

describe('pprof', () => {
  const linesOf = (body: Buffer): string[] => {
    const { sample, location, function: functions, stringTable } = ForeignProfile.decode(body);
    const nameOf = (id: number | bigint): string => {
      const fn = location.find((candidate) => candidate.id === id)!.line[0]!.functionId;
      return stringTable.strings[Number(functions.find((candidate) => candidate.id === fn)!.name)]!;
    };
    return sample
      .map(({ locationId, value }) => `${locationId.map(nameOf).reverse().join(';')} ${value.join()}`)
      .sort();
  };

  test('is what another decoder reads', async () => {
    const answer = await api.send('/querier.v1.QuerierService/SelectMergeProfile', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ALL_CPU),
    });
    expect(answer.json).toMatchObject({
      stringTable: expect.arrayContaining(['cpu', 'a', '/srv/a.php']) as string[],
    });
    const pprof = await api.query('SelectMergeStacktraces', { ...ALL_CPU, format: 'PROFILE_FORMAT_PPROF' });
    expect(pprof.json).toEqual({ pprof: { profile: answer.json } });
    const { encodeProto } = await import('../../../src/serve/pyroscope/connect/proto-encode.ts');
    const { SelectMergeProfileRequest } = await import('../../../src/serve/pyroscope/querier/messages.ts');
    const request = encodeProto(SelectMergeProfileRequest, {
      ...ALL_CPU,
      start: BigInt(RANGE.start),
      end: BigInt(RANGE.end),
    });
    const { body, type } = await api.send('/querier.v1.QuerierService/SelectMergeProfile', {
      method: 'POST',
      headers: { 'content-type': 'application/proto' },
      body: Buffer.from(request),
    });
    expect(type).toBe('application/proto');
    expect(linesOf(body)).toEqual(['a;b 5', 'a;b;e 1', 'a;c 1', 'a;c;d 1']);
  });

  test('has the one sample type that was asked for', async () => {
    const sampleTypes = [
      { type: 'samples', unit: 'count' },
      { type: 'wall', unit: 'nanoseconds' },
    ];
    await api.have({ sampleTypes, samples: [{ stack: 'w', values: [2, 20] }] }, { __name__: 'wall' });
    const { json } = await api.query('SelectMergeProfile', {
      ...ALL_CPU,
      profileTypeID: 'wall:wall:nanoseconds:cpu:nanoseconds',
    });
    expect(json).toMatchObject({ sample: [{ value: ['20'] }] });
    expect((json as { sampleType: unknown[] }).sampleType).toHaveLength(1);
  });

  test('is an empty message where nothing matches', async () => {
    const answer = await api.query('SelectMergeProfile', { ...ALL_CPU, labelSelector: '{env="nobody"}' });
    expect(answer).toMatchObject({ status: 200, json: {} });
  });
});

describe('profiles of one type with other sample types beside it', () => {
  beforeEach(async () => {
    const sampleTypes = [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ];
    const samples = [
      { stack: 'a;b', values: [1, 100], labels: { uri: '/x', span_id: SPAN } },
      { stack: 'a;z', values: [1, 1_000], labels: { uri: '/z' } },
    ];
    await api.have({ sampleTypes, samples }, { env: 'prod' });
    await api.have({ sampleTypes, samples: [{ stack: 'a', values: [1, 10_000] }] }, { env: 'test' });
    // Another profile type, which has nothing to do with it.
    await api.have({ sampleTypes: [sampleTypes[0]!], samples: [{ stack: 'a', values: [1] }] });
  });

  test.each<[labelSelector: string, total: number]>([
    ['{}', 11_108],
    ['{env="prod"}', 1_103],
    ['{env="prod",uri="/x"}', 101],
    ['{uri!="/z",service_name="shop"}', 10_103],
    ['{uri=""}', 10_005],
  ])('are added up for %s', async (labelSelector, total) => {
    const answer = await api.query('SelectMergeStacktraces', { ...ALL_CPU, labelSelector });
    expect(flameOf(answer)).toMatchObject({ total: String(total) });
    const { json } = await api.query('SelectMergeProfile', { ...ALL_CPU, labelSelector });
    const values = (json as { sample: { value: string[] }[] }).sample.map(({ value }) => Number(value[0]));
    expect(values.reduce((sum, value) => sum + value)).toBe(total);
  });

  test('are added up for a span', async () => {
    const answer = await api.query('SelectMergeStacktraces', { ...ALL_CPU, spanSelector: [SPAN] });
    expect(flameOf(answer)).toMatchObject({ total: '101' });
  });
});

test('more profiles than a merge may add up are refused with a way out', async () => {
  const small = await new ApiServer({ mergedProfiles: 1 }).start();
  try {
    for (const stack of ['a', 'b']) await small.have({ samples: [{ stack, values: [1] }] });
    const answer = await small.query('SelectMergeStacktraces', ALL_CPU);
    expect(answer).toMatchObject({
      status: 422,
      json: { message: expect.stringContaining('shorter time') as string },
    });
  } finally {
    await small.stop();
  }
});
