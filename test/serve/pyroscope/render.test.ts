import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { timelineStep } from '../../../src/serve/pyroscope/timeline.ts';
import { ALL_CPU, ApiServer, CPU_ID, NOW, NOW_MS } from './api-server.ts';
import type { Answer } from './api-server.ts';

const SECOND = 1_000_000_000n;
const NOW_S = NOW_MS / 1_000;

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer().start();
});
afterEach(() => api.stop());

const have = (secondsAgo: number, value: number, labels: Record<string, string> = {}): Promise<void> =>
  api.have(
    { samples: [{ stack: 'a', values: [value] }], timeNanos: NOW - BigInt(secondsAgo) * SECOND },
    labels,
  );

const render = (query: Record<string, string>): Promise<Answer> =>
  api.send(
    `/pyroscope/render?${new URLSearchParams({ query: `${CPU_ID}{}`, from: 'now-1h', ...query }).toString()}`,
  );

interface Rendered {
  readonly timeline: {
    readonly startTime: number;
    readonly samples: readonly number[];
    readonly durationDelta: number;
  };
  readonly groups: Readonly<Record<string, Rendered['timeline']>> | null;
}

describe('a series', () => {
  const pointsOf = async (more: object): Promise<unknown> => {
    const answer = await api.query('SelectSeries', { ...ALL_CPU, ...more });
    return (answer.json as { series?: { points: unknown }[] }).series?.map(({ points }) => points);
  };

  test('has one point for each step with a profile, at the end of the step', async () => {
    for (const [ago, value] of [
      [100, 1],
      [95, 2],
      [90, 4],
      [70, 8],
    ] as const)
      await have(ago, value);
    expect(await pointsOf({ step: 10 })).toEqual([
      [
        { value: 1, timestamp: String(NOW_MS - 100_000) },
        { value: 6, timestamp: String(NOW_MS - 90_000) },
        { value: 8, timestamp: String(NOW_MS - 70_000) },
      ],
    ]);
    const mean = { step: 10, aggregation: 'TIME_SERIES_AGGREGATION_TYPE_AVERAGE' };
    expect(await pointsOf(mean)).toMatchObject([[{ value: 1 }, { value: 3 }, { value: 8 }]]);
  });

  test('has the step before its start as its first point', async () => {
    await have(3_605, 1);
    await have(3_600, 2);
    await have(3_611, 4);
    expect(await pointsOf({ step: 10 })).toEqual([[{ value: 3, timestamp: String(NOW_MS - 3_600_000) }]]);
  });

  test('is one for each value of the labels that are asked for, or for the greatest only', async () => {
    await have(60, 1, { env: 'a' });
    await have(60, 9, { env: 'b' });
    await have(60, 3, { env: 'c' });
    await have(60, 2);
    const labelsOf = async (more: object): Promise<unknown> => {
      const answer = await api.query('SelectSeries', { ...ALL_CPU, step: 60, groupBy: ['env'], ...more });
      return (answer.json as { series: { labels?: { value: string }[] }[] }).series.map(
        ({ labels }) => labels?.[0]?.value,
      );
    };
    expect(await labelsOf({})).toEqual([undefined, 'a', 'b', 'c']);
    expect(await labelsOf({ limit: 2 })).toEqual(['b', 'c']);
  });

  test.each([0, 0.0009, -1, 1e12])('of a step of %s seconds is refused', async (step) => {
    expect(await api.query('SelectSeries', { ...ALL_CPU, step })).toMatchObject({ status: 400 });
  });

  test('of a step of a millisecond is given', async () => {
    await have(60, 1);
    expect(await pointsOf({ step: 0.001 })).toEqual([[{ value: 1, timestamp: String(NOW_MS - 60_000) }]]);
  });
});

describe('render', () => {
  test('answers the flame graph, what it is of, and a time line without gaps', async () => {
    await have(60, 3);
    await have(3_595, 4);
    const answer = await render({});
    expect(answer).toMatchObject({ status: 200, type: 'application/json' });
    expect(answer.json).toMatchObject({
      version: 1,
      flamebearer: {
        names: ['total', 'a'],
        levels: [
          [0, 7, 0, 0],
          [0, 7, 7, 1],
        ],
        numTicks: 7,
        maxSelf: 7,
      },
      metadata: { format: 'single', spyName: '', sampleRate: 1_000_000_000, units: 'samples', name: 'cpu' },
      groups: null,
      heatmap: null,
    });
    const { timeline } = answer.json as Rendered;
    expect(timeline).toMatchObject({ startTime: NOW_S - 3_600, durationDelta: 15, watermarks: null });
    expect(timeline.samples).toHaveLength(240);
    expect(timeline.samples.flatMap((value, i) => (value === 0 ? [] : [[i, value]]))).toEqual([
      [1, 4],
      [236, 3],
    ]);
  });

  test('snaps a time line down to whole steps', async () => {
    await have(60, 3);
    const { timeline } = (await render({ from: String(NOW_S - 100), until: String(NOW_S - 20) }))
      .json as Rendered;
    expect(timeline).toMatchObject({ startTime: NOW_S - 105, samples: [0, 0, 0, 3, 0], durationDelta: 15 });
  });

  test('has a time line for each group', async () => {
    await have(60, 3, { env: 'prod' });
    await have(60, 4);
    const { groups, timeline } = (await render({ groupBy: 'env' })).json as Rendered;
    const sums = Object.entries(groups!).map(([name, { samples }]) => [
      name,
      samples.reduce((a, b) => a + b),
    ]);
    expect(Object.fromEntries(sums)).toEqual({ prod: 3, '*': 4 });
    expect(timeline.samples.reduce((a, b) => a + b)).toBe(7);
  });

  test('keeps a label that names an inner property of objects', async () => {
    await have(60, 3, { env: '__proto__' });
    const { body } = await render({ groupBy: 'env' });
    expect(body.toString()).toContain('"__proto__":{"startTime"');
  });

  test.each<[why: string, query: Record<string, string>, status: number]>([
    ['the mean', { aggregation: 'avg' }, 200],
    ['an unknown aggregation', { aggregation: 'other' }, 200],
    ['maxNodes', { maxNodes: '8' }, 200],
    ['max-nodes', { 'max-nodes': '8' }, 200],
    ['maxNodes of 0', { maxNodes: '0' }, 200],
    ['maxNodes that is a word', { maxNodes: 'few' }, 200],
    ['a negative maxNodes', { maxNodes: '-1' }, 400],
    ['no query', { query: '' }, 400],
    ['a broken query', { query: `${CPU_ID}{` }, 400],
    ['a query without a type', { query: '{env="prod"}' }, 400],
    ['a type of four parts', { query: 'process_cpu:cpu:nanoseconds:cpu{}' }, 400],
    ['a start of 0', { from: '0' }, 400],
    ['an end of 0', { until: '0' }, 400],
    ['a start after the end', { until: 'now-2h' }, 400],
    ['no time', { from: 'yesterday' }, 400],
    ['dot', { format: 'dot' }, 501],
  ])('with %s answers %3$s', async (_, query, status) => {
    await have(60, 3);
    expect(await render(query)).toMatchObject({ status });
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('takes no %s', async (method) => {
    for (const path of ['/pyroscope/render', '/pyroscope/render-diff'])
      expect(await api.send(path, { method })).toMatchObject({
        status: 405,
        json: { code: 'unimplemented' },
      });
  });
});

describe('render-diff', () => {
  const diff = (query: Record<string, string>): Promise<Answer> => {
    const both = {
      leftQuery: `${CPU_ID}{env="l"}`,
      rightQuery: `${CPU_ID}{env="r"}`,
      leftFrom: 'now-1h',
      rightFrom: 'now-1h',
    };
    return api.send(`/pyroscope/render-diff?${new URLSearchParams({ ...both, ...query }).toString()}`);
  };

  test('has both sides in each box, and what each has in all', async () => {
    const stacks = (b: number, c: number): { stack: string; values: number[] }[] => [
      { stack: 'a;b', values: [b] },
      { stack: 'a;c', values: [c] },
    ];
    await api.have({ samples: stacks(1, 2) }, { env: 'l' });
    await api.have({ samples: stacks(4, 8) }, { env: 'r' });
    expect((await diff({})).json).toMatchObject({
      flamebearer: {
        names: ['total', 'a', 'c', 'b'],
        levels: [
          [0, 3, 0, 0, 12, 0, 0],
          [0, 3, 0, 0, 12, 0, 1],
          [0, 1, 1, 0, 4, 4, 3, 0, 2, 2, 0, 8, 8, 2],
        ],
        numTicks: 15,
        maxSelf: 8,
      },
      metadata: { format: 'double', name: 'cpu' },
      leftTicks: 3,
      rightTicks: 12,
    });
  });

  test.each<[why: string, query: Record<string, string>]>([
    ['no left', { leftQuery: '' }],
    ['no right', { rightQuery: '' }],
    ['a broken right', { rightQuery: `${CPU_ID}{a}` }],
    ['types that differ', { rightQuery: 'wall:wall:nanoseconds:cpu:nanoseconds{}' }],
    ['a left start of 0', { leftFrom: '0' }],
    ['a right end of 0', { rightUntil: '0' }],
  ])('with %s is refused', async (_, query) => {
    expect(await diff(query)).toMatchObject({ status: 400, json: { code: 'invalid_argument' } });
  });
});

test.each<[span: string, ms: number, stepS: number]>([
  ['an hour', 3_600_000, 15],
  ['six hours', 21_600_000, 15],
  ['12 hours', 43_200_000, 30],
  ['a day', 86_400_000, 60],
  ['a week', 604_800_000, 300],
  ['30 days', 2_592_000_000, 1_800],
  ['a century', 3_153_600_000_000, 2_592_000],
])('a time line of %s has steps of %3$s seconds', (_, ms, stepS) => {
  expect(timelineStep(0n, BigInt(ms))).toBe(BigInt(stepS) * 1_000n);
});
