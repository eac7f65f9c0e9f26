// The real sampler on processes that play PHP, whose memory is what PHP's never is: only right stacks and true facts,
// everything else counted, never a hang or a crash.
import { describe, expect, test } from 'vitest';
import {
  CALLERS,
  counted,
  expectGoodEnd,
  expectOnly,
  FACTS,
  GOOD,
  paidBy,
  sampleAll,
  SAMPLERS,
  useFakes,
  WANTED,
} from './support/fake-runs.ts';
import type { SamplerResult } from './support/sampler-run.ts';
import { runSampler } from './support/sampler-run.ts';

const fakes = useFakes();

describe('a stack that cannot be one', () => {
  test.each([
    'own caller',
    'circle',
    'long circle',
    'misaligned',
    'unmapped',
    'not canonical',
    'of the kernel',
    'null page',
    'frame over the edge',
    'current unmapped',
    'no bottom',
    'current is pending',
    'current is empty',
    'too many null frames',
    'arguments without end',
    'variables without end',
    'stands nowhere',
    'type 0',
    'type 3',
    'type 255',
    'function unmapped',
    'function over the edge',
    'name is 1',
    'name not canonical',
    'name unmapped',
    'class unmapped',
    'class name unmapped',
    'file unmapped',
    'name length huge',
    'name length of a gigabyte',
    'name over the edge',
    'name head over the edge',
  ])('(%s) is counted as torn, and not printed', async (state) => {
    for (const result of await sampleAll(fakes, state)) {
      expectGoodEnd(result);
      expect(result.samples).toEqual([]);
      expect(result.counters.get('torn')).toBeGreaterThan(0);
      expect(counted(result)).toMatchObject({ idle: 0, failed: 0, dropped: 0 });
    }
  });
});

describe('a stack that looks odd, but is one,', () => {
  test.each([
    ['good', GOOD],
    ['null frames', GOOD],
    ['many null frames', GOOD],
    ['call in a call', GOOD],
    ['frame in the heap', GOOD],
    ['leaf arguments without end', GOOD],
    ['stack without limits', GOOD],
    ['type of eval', GOOD],
    ['file is 0', paidBy('pay :7')],
    ['name empty at the edge', paidBy(' /srv/shop/pay.php:7')],
    ['name at the very edge', paidBy('edge_nam /srv/shop/pay.php:7')],
    ['name head over a border', paidBy('border_name /srv/shop/pay.php:7')],
    ['name long', paidBy(`${'n'.repeat(1024)} /srv/shop/pay.php:7`)],
    ['name without hash', paidBy('unhashed /srv/shop/pay.php:7')],
  ])('(%s) is printed as it is', async (state, frames) => {
    expectOnly(await sampleAll(fakes, state), frames, FACTS);
  });

  test('(1,000 calls deep, on several pages) is whole', async () => {
    const down = Array<string>(1000).fill('down /srv/shop/down.php:3');
    expectOnly(await sampleAll(fakes, 'deep 1000'), [...down, ...CALLERS], FACTS);
  });

  test('(10,000 calls deep) is cut at its root', async () => {
    const down = Array<string>(1023).fill('down /srv/shop/down.php:3');
    expectOnly(await sampleAll(fakes, 'deep 10000'), [...down, '[truncated] :0'], FACTS);
  });

  test('(none) is counted as idle', async () => {
    for (const result of await sampleAll(fakes, 'idle')) {
      expectGoodEnd(result);
      expect(result.samples).toEqual([]);
      expect(result.counters.get('idle')).toBeGreaterThan(0);
      expect(counted(result)).toMatchObject({ torn: 0, failed: 0 });
    }
  });
});

const VARIABLES = WANTED.map((wanted) => `glopeek ${wanted}`).filter((key) => !key.includes('URI'));

/** FACTS without some, and with others. */
function but(missing: readonly string[], other: Record<string, string> = {}): Record<string, string> {
  const kept = Object.entries(FACTS).filter(([key]) => !missing.includes(key));
  return { ...Object.fromEntries(kept), ...other };
}

describe('facts that cannot be read', () => {
  test.each([
    ['mask 0', VARIABLES],
    ['mask random', VARIABLES],
    ['table unmapped', VARIABLES],
    ['table packed', VARIABLES],
    ['buckets in a circle', VARIABLES],
    ['buckets far away', VARIABLES],
    ['keys unmapped', VARIABLES],
    ['types unknown', VARIABLES],
    ['arrays of themselves', ['glopeek server.REQUEST_METHOD', 'glopeek server.LONG', 'glopeek get.id']],
    ['references in a circle', ['glopeek get.id', 'glopeek globals.counter']],
    ['value length huge', ['glopeek server.REQUEST_METHOD']],
    ['value over the edge', ['glopeek server.REQUEST_METHOD']],
    ['value unmapped', ['glopeek server.REQUEST_METHOD']],
    ['texts unmapped', ['qstring', 'path']],
    ['times of no clock', ['ts']],
  ])('(%s) are left out, and the stack is right', async (state, missing) => {
    expectOnly(await sampleAll(fakes, state), GOOD, but(missing));
  });

  test.each(['parameters in a circle', 'parameters unmapped', 'parameter without end'])(
    '(%s) are taken from elsewhere where they can be',
    async (state) => {
      expectOnly(
        await sampleAll(fakes, state),
        GOOD,
        but([], { 'glopeek server.REQUEST_URI': '/index.php' }),
      );
    },
  );

  test('(a text that ends with its memory, and one without an end) are told apart', async () => {
    expectOnly(await sampleAll(fakes, 'texts at the edge'), GOOD, but(['qstring'], { path: 'path' }));
  });

  test('(a text over the border of a page) is read whole', async () => {
    expectOnly(await sampleAll(fakes, 'texts over a border'), GOOD, but([], { qstring: 'q'.repeat(70) }));
  });
});

describe('lines, variables and memory', () => {
  const LINED = ['strlen :0', 'pay /srv/shop/pay.php:9', 'Shop::checkout /srv/shop/shop.php:42'];
  const AT_9 = '@/srv/shop/pay.php:9';
  const TOTAL = `varpeek total${AT_9}`;
  const ITEMS = `varpeek items${AT_9}`;
  const found = { [TOTAL]: '1250', [ITEMS]: '11,three,' };

  async function sampleLines(state: string): Promise<SamplerResult[]> {
    const wanted = ['total', 'items', 'none'].flatMap((name) => ['-e', `${name}@/srv/shop/pay.php:8-10`]);
    const args = ['-H', '1000', '-i', '60', '--lines', '-m', ...wanted];
    const keys = [TOTAL, ITEMS, `varpeek none${AT_9}`, 'mem'];
    await Promise.all(fakes.map((fake) => fake.enter(state)));
    return Promise.all(
      fakes.map(({ pid }, i) =>
        runSampler(['-p', String(pid), ...args], { sampler: SAMPLERS[i % 2]!, facts: keys }),
      ),
    );
  }

  test.each([
    ['good', 9, found],
    ['heap', 9, { ...found, mem: '4096 8192' }],
    ['heap elsewhere', 9, found],
    ['instructions over the edge', 7, {}],
    ['line of another', 7, {}],
    ['names unmapped', 9, {}],
    ['names hostile', 9, {}],
    ['array in itself', 9, { [TOTAL]: '1250', [ITEMS]: expect.stringMatching(/^,+$/) as string }],
    ['array over the edge', 9, { [TOTAL]: '1250', [ITEMS]: '' }],
  ])('(%s) are told as far as they can be known', async (state, line, metas) => {
    const frames = [LINED[0]!, `pay /srv/shop/pay.php:${line}`, LINED[2]!, '<main> /srv/shop/index.php:3'];
    expectOnly(await sampleLines(state), frames, metas);
  });
});
