import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePprof, stacksOf } from '../../../fixtures/pprof-samples.ts';
import type { Answer } from '../api-server.ts';
import { ALL_CPU, ApiServer, CPU_ID, NOW, NOW_MS, RANGE } from '../api-server.ts';

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer().start();
});
afterEach(() => api.stop());

const FROM = String(NOW_MS / 1_000 - 60);
const everything = {
  tenant: 'anonymous',
  service: undefined,
  type: undefined,
  matchers: [],
  fromNanos: 0n,
  untilNanos: 2n * NOW,
};
const PERIOD = 10_000_000;

const post = (query: Record<string, string>, body: string | Uint8Array): Promise<Answer> =>
  api.send(`/ingest?${new URLSearchParams({ name: 'shop', from: FROM, ...query }).toString()}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : Buffer.from(body),
  });

const storedStacks = async (): Promise<readonly string[]> => {
  const merged = await api.store.merge({ selector: everything }, { withSampleLabels: false });
  return merged === undefined ? [] : stacksOf(merged.pprof);
};

const typeIds = async (): Promise<unknown> => {
  const { json } = await api.query('ProfileTypes', {});
  return (json as { profileTypes?: { ID: string }[] }).profileTypes?.map(({ ID }) => ID);
};

describe('folded stacks', () => {
  test.each<[body: string, stacks: string[]]>([
    ['a;b 1\na;c 2', ['a;b=1', 'a;c=2']],
    ['a;b 1\r\na;b 2\r\n', ['a;b=3']],
    ['a b;c d 3\n\n', ['a b;c d=3']],
    ['a;b 0\na 1', ['a=1']],
    ['a; 1', ['a=1']],
    ['', []],
    ['\n\n', []],
    ['a;b 0', []],
  ])('%j are read', async (body, stacks) => {
    expect(await post({}, body)).toMatchObject({ status: 200 });
    expect(await storedStacks()).toEqual(
      stacks.map((stack) => stack.replace(/\d+$/, (n) => String(Number(n) * PERIOD))),
    );
  });

  test.each<[why: string, body: string]>([
    ['a line without a count', 'a 1\na;b'],
    ['a count behind a tab', 'a;b\t3'],
    ['a half', 'a;b 1.5'],
    ['a space at the end', 'a;b 3 '],
    ['an exponent', 'a;b 1e3'],
    ['a number over 64 bits', 'a;b 99999999999999999999'],
    ['a negative number', 'a;b -3'],
    ['a line of more than 64 KiB', `a 1\n${'x'.repeat(70_000)} 1\nb 1`],
    ['what FormData becomes when it is sent as text', '[object FormData]'],
  ])('with %s are refused whole', async (_, body) => {
    expect(await post({}, body)).toMatchObject({
      status: 422,
      json: { code: 'unknown', message: expect.stringMatching(/^line \d+: /) as string },
    });
    expect(await storedStacks()).toEqual([]);
  });

  test('may be gzipped, with a header or without', async () => {
    const body = gzipSync('a;b 1');
    await post({ format: 'folded' }, body);
    await api.send('/ingest?name=shop', { method: 'POST', headers: { 'content-encoding': 'gzip' }, body });
    expect(await storedStacks()).toEqual([`a;b=${2 * PERIOD}`]);
  });

  test('that burst out of gzip are refused', async () => {
    expect(await post({}, gzipSync(Buffer.alloc(8_388_608, 'a')))).toMatchObject({ status: 413 });
  });

  test.each(['folded', 'groups', 'collapsed', ''])('have many names, such as %j', async (format) => {
    expect(await post({ format }, 'a 1')).toMatchObject({ status: 200 });
  });

  test('are of the time that they say, and of now if they say none', async () => {
    await post({}, 'a 1');
    await api.send('/ingest?name=shop', { method: 'POST', body: 'a 1' });
    const times = (await api.store.list(everything)).map(({ createdAtNanos }) => createdAtNanos);
    expect(times).toEqual([BigInt(FROM) * 1_000_000_000n, NOW]);
    expect(await post({ from: 'now+11m' }, 'a 1')).toMatchObject({ status: 400 });
    expect(await post({ from: 'now+9m' }, 'a 1')).toMatchObject({ status: 200 });
  });
});

test('lines are a stack each', async () => {
  await post({ format: 'lines' }, 'a;b\n\na;c\na;b\n');
  expect(await storedStacks()).toEqual([`a;b=${2 * PERIOD}`, `a;c=${PERIOD}`]);
});

describe('the profile type', () => {
  const cpu = CPU_ID;
  const wall = 'wall:wall:nanoseconds:cpu:nanoseconds';
  test.each<[app: string, id: string]>([
    ['shop', cpu],
    ['shop.cpu', cpu],
    ['shop.itimer', cpu],
    ['my.shop.wall', wall],
    ['shop.seconds', wall],
    ['shop.nanoseconds', wall],
    ['shop.alloc_objects', 'memory:alloc_objects:count::'],
    ['shop.alloc_space', 'memory:alloc_space:bytes::'],
    ['shop.inuse_objects', 'memory:inuse_objects:count::'],
    ['shop.inuse_space', 'memory:inuse_space:bytes::'],
    ['shop.live', 'memory:live:count::'],
    ['shop.bytes', 'memory:samples:bytes::'],
    ['shop.goroutines', 'goroutine:goroutines:count::'],
    ['shop.exceptions', 'exceptions:samples:count::'],
    ['shop.mutex_count', 'mutex:contentions:count::'],
    ['shop.mutex_duration', 'mutex:delay:nanoseconds::'],
    ['shop.block_count', 'block:contentions:count::'],
    ['shop.block_duration', 'block:delay:nanoseconds::'],
    ['shop.lock_count', 'block:contentions:count::'],
    ['shop.lock_duration', 'block:delay:nanoseconds::'],
  ])('of %s is %s', async (name, id) => {
    await post({ name }, 'a 1');
    expect(await typeIds()).toEqual([id]);
    const service = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : name;
    expect(await api.store.services('anonymous')).toEqual([service]);
    // The id asks for what it names.
    const query = { ...ALL_CPU, profileTypeID: id };
    expect((await api.query('SelectMergeStacktraces', query)).json).toMatchObject({
      flamegraph: { names: ['total', 'a'] },
    });
  });

  test.each(['my.app', 'shop.constructor', 'shop.', '.cpu'])('of %s is not known', async (name) => {
    expect(await post({ name }, 'a 1')).toMatchObject({ status: 400, json: { code: 'invalid_argument' } });
    expect(await post({ name }, '')).toMatchObject({ status: 400 });
  });

  test.each<[rate: string, id: string, value: number]>([
    ['', cpu, 30_000_000],
    ['99', cpu, 30_303_030],
    ['-1', cpu, 30_000_000],
    ['abc', cpu, 30_000_000],
    ['0', 'process_cpu:samples:count::', 3],
    ['1000000000', cpu, 3],
  ])('at a rate of %j is %s', async (sampleRate, id, value) => {
    await post({ sampleRate }, 'a 3');
    expect(await typeIds()).toEqual([id]);
    expect(await storedStacks()).toEqual([`a=${value}`]);
  });

  test('at a rate over a sample for each nanosecond is refused', async () => {
    expect(await post({ sampleRate: '1000000001' }, 'a 3')).toMatchObject({ status: 400 });
  });
});

describe('labels', () => {
  const labelsOf = async (name: string): Promise<unknown> => {
    await post({ name, spyName: 'gospy' }, 'a 1');
    const [profile] = await api.store.list(everything);
    return { service: profile!.service, ...Object.fromEntries(profile!.labels) };
  };

  test('are those of the name', async () => {
    expect(await labelsOf('shop{env=prod,uri=/a;b}')).toEqual({
      service: 'shop',
      env: 'prod',
      uri: '/a;b',
      pyroscope_spy: 'gospy',
    });
  });

  test('may name the service; then the application has a label', async () => {
    expect(await labelsOf('shop.wall{service_name=blog}')).toEqual({
      service: 'blog',
      app_name: 'shop',
      pyroscope_spy: 'gospy',
    });
  });

  test('may name the service and the application', async () => {
    const name = 'shop{service_name=blog,app_name=x}';
    expect(await labelsOf(name)).toEqual({ service: 'blog', app_name: 'x', pyroscope_spy: 'gospy' });
  });

  test('that are empty or of the inner kind are left out', async () => {
    expect(await labelsOf('shop{env=,service_name=,__delta__=1,__session_id__=2}')).toEqual({
      service: 'shop',
      pyroscope_spy: 'gospy',
    });
  });

  test('that name a profile do not lose it', async () => {
    expect(await labelsOf('shop{profile_id=x}')).toMatchObject({ profile_id: 'x' });
  });
});

describe('speedscope', () => {
  const fileOf = (...units: string[]): string =>
    JSON.stringify({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      shared: { frames: [{ name: 'a' }, { name: 'b' }] },
      profiles: units.map((unit, i) => ({
        type: 'sampled',
        name: `profile ${i}`,
        unit,
        startValue: 0,
        endValue: 5,
        samples: [[0, 1], [0]],
        weights: [2, 3],
      })),
    });

  test.each<[units: string[], app: string, id: string, stacks: string[]]>([
    [['none'], 'shop', CPU_ID, ['a;b=20000000', 'a=30000000']],
    [['milliseconds'], 'shop', CPU_ID, ['a;b=2000000', 'a=3000000']],
    [
      ['seconds', 'seconds'],
      'shop',
      'wall:wall:nanoseconds:cpu:nanoseconds',
      ['a;b=4000000000', 'a=6000000000'],
    ],
    [['bytes'], 'shop', 'memory:samples:bytes::', ['a;b=2', 'a=3']],
    [['bytes', 'bytes'], 'shop', 'memory:samples:bytes::', ['a;b=4', 'a=6']],
    [['bytes'], 'shop.inuse_space', 'memory:inuse_space:bytes::', ['a;b=2', 'a=3']],
  ])('of %j for %s is %s', async (units, name, id, stacks) => {
    expect(await post({ name, format: 'speedscope' }, fileOf(...units))).toMatchObject({ status: 200 });
    expect(await typeIds()).toEqual([id]);
    expect(await storedStacks()).toEqual([...stacks].sort());
    expect(await api.store.services('anonymous')).toEqual(['shop']);
  });

  test.each(['{}', 'text', fileOf('parsecs'), fileOf('seconds', 'bytes')])(
    'that cannot be read is refused: %.20s',
    async (body) => {
      expect(await post({ format: 'speedscope' }, body)).toMatchObject({ status: 422 });
    },
  );
});

describe('binary trees', () => {
  const node = (name: string, count: number, children: readonly number[][]): number[] => [
    name.length,
    ...Buffer.from(name),
    count,
    children.length,
    ...children.flat(),
  ];

  test.each<[format: string, bytes: number[]]>([
    ['tree', node('', 0, [node('a', 1, [node('b', 2, [])])])],
    ['trie', node('', 0, [node('a', 1, [node(';b', 2, [])])])],
  ])('%s is read, by its name or its Content-Type', async (format, bytes) => {
    expect(await post({ format }, Buffer.from(bytes))).toMatchObject({ status: 200 });
    const path = `/ingest?name=shop&from=${FROM}`;
    await api.send(path, {
      method: 'POST',
      headers: { 'content-type': `binary/octet-stream+${format}` },
      body: Buffer.from(bytes),
    });
    expect(await storedStacks()).toEqual([`a;b=${4 * PERIOD}`, `a=${2 * PERIOD}`]);
    expect(await post({ format }, Buffer.from(bytes.slice(0, -1)))).toMatchObject({ status: 422 });
  });
});

test('text and pprof of one service are added up', async () => {
  await post({}, 'a;b 1');
  await api.have({ samples: [{ stack: 'a;b', values: [5] }] });
  await post({ format: 'pprof' }, makePprof({ samples: [{ stack: 'a;b', values: [7] }] }));
  const { json } = await api.query('SelectMergeStacktraces', { ...ALL_CPU, ...RANGE });
  expect(json).toMatchObject({ flamegraph: { total: String(PERIOD + 12), names: ['total', 'a', 'b'] } });
});
