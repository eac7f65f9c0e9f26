// The real sampler, as users run it and with address and undefined-behaviour checks, on processes that play PHP and
// misbehave: only right stacks, everything else counted, never a hang or a crash.
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FakePhp } from './support/fake-php.ts';
import { buildFake, CHECKED_SAMPLER, startFake } from './support/fake-php.ts';
import type { SamplerResult } from './support/sampler-run.ts';
import { runSampler, SAMPLER, startSampler } from './support/sampler-run.ts';

const VERSIONS = [74, 82, 84];
const SAMPLERS = [SAMPLER, CHECKED_SAMPLER];
const PAY = 'pay /srv/shop/pay.php:7';
const CHECKOUT = 'Shop::checkout /srv/shop/shop.php:40';
const MAIN = '<main> /srv/shop/index.php:1';
const CALLERS = [PAY, CHECKOUT, MAIN];
const LEAF = 'strlen :0'; // internal functions have no file
const GOOD = [LEAF, ...CALLERS];
const paidBy = (name: string): string[] => [LEAF, name, CHECKOUT, MAIN];

const WANTED = ['server.REQUEST_METHOD', 'server.LONG', 'server.REQUEST_URI', 'get.id', 'globals.counter'];
const FACTS: Readonly<Record<string, string>> = {
  'glopeek server.REQUEST_METHOD': 'POST',
  'glopeek server.LONG': '42',
  'glopeek server.REQUEST_URI': '/shop/7?id=7',
  'glopeek get.id': '7',
  'glopeek globals.counter': '-5',
  path: '/srv/shop/index.php',
  qstring: 'id=7',
  ts: '1700000000.250000',
};
const KEYS = Object.keys(FACTS);

let fakes: FakePhp[] = [];
let turn = 0;

beforeAll(async () => {
  await buildFake();
  fakes = await Promise.all(VERSIONS.map((version) => startFake(version)));
});

afterAll(async () => {
  await Promise.all(fakes.map((fake) => fake.stop()));
});

const optionsFor = (ms: number): string[] => ['-H', '1000', '-i', String(ms), '-r', 'qp'];
const facts = WANTED.flatMap((wanted) => ['-g', wanted]);

/** The sampler on every fake, and the checked one on each in turn. All fakes are in that state. */
async function sampleAll(state: string, ms = 60): Promise<SamplerResult[]> {
  await Promise.all(fakes.map((fake) => fake.enter(state)));
  const sample = ({ pid }: FakePhp, sampler: string): Promise<SamplerResult> =>
    runSampler(['-p', String(pid), ...optionsFor(ms), ...facts], { sampler, facts: KEYS });
  turn += 1;
  return Promise.all([
    ...fakes.map((fake) => sample(fake, SAMPLER)),
    sample(fakes[turn % fakes.length]!, CHECKED_SAMPLER),
  ]);
}

function expectGoodEnd(result: SamplerResult): void {
  expect(result).toMatchObject({ exitCode: 0, bye: 'limit', stderr: '', messages: [], troubles: [] });
}

const counted = ({ counters }: SamplerResult): unknown => ({
  idle: counters.get('idle'),
  torn: counters.get('torn'),
  failed: counters.get('failed_reads'),
  dropped: counters.get('dropped'),
});

/** Every sample of every run has these frames and facts. */
function expectOnly(
  results: SamplerResult[],
  frames: readonly string[],
  metas: Record<string, string>,
): void {
  for (const result of results) {
    expectGoodEnd(result);
    expect(counted(result)).toEqual({ idle: 0, torn: 0, failed: 0, dropped: 0 });
    expect(result.samples.length).toBeGreaterThan(0);
    for (const sample of result.samples) {
      expect(sample.frames).toEqual(frames);
      expect(Object.fromEntries(sample.metas)).toEqual(metas);
    }
  }
}

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
    for (const result of await sampleAll(state)) {
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
    expectOnly(await sampleAll(state), frames, FACTS);
  });

  test('(1,000 calls deep, on several pages) is whole', async () => {
    const down = Array<string>(1000).fill('down /srv/shop/down.php:3');
    expectOnly(await sampleAll('deep 1000'), [...down, ...CALLERS], FACTS);
  });

  test('(10,000 calls deep) is cut at its root', async () => {
    const down = Array<string>(1023).fill('down /srv/shop/down.php:3');
    expectOnly(await sampleAll('deep 10000'), [...down, '[truncated] :0'], FACTS);
  });

  test('(none) is counted as idle', async () => {
    for (const result of await sampleAll('idle')) {
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
    expectOnly(await sampleAll(state), GOOD, but(missing));
  });

  test.each(['parameters in a circle', 'parameters unmapped', 'parameter without end'])(
    '(%s) are taken from elsewhere where they can be',
    async (state) => {
      expectOnly(await sampleAll(state), GOOD, but([], { 'glopeek server.REQUEST_URI': '/index.php' }));
    },
  );

  test('(a text that ends with its memory, and one without an end) are told apart', async () => {
    expectOnly(await sampleAll('texts at the edge'), GOOD, but(['qstring'], { path: 'path' }));
  });

  test('(a text over the border of a page) is read whole', async () => {
    expectOnly(await sampleAll('texts over a border'), GOOD, but([], { qstring: 'q'.repeat(70) }));
  });
});

/** Each of f<depth>_<place of the caller>_<own place> calls only those whose first place is its second. */
function isInTree(frames: readonly string[]): boolean {
  let caller = '0';
  return [...frames].reverse().every((frame, index) => {
    if (index === 0) return frame === MAIN;
    const [depth, above, own] = frame.slice(1, frame.indexOf(' ')).split('_');
    const agrees = Number(depth) === index - 1 && above === caller;
    caller = own!;
    return agrees;
  });
}

/** A frame that was just left may hang below the one that took its caller's place: less than 0.5 % of a stack that is
 * another one in each reading. */
function expectInTree(stacks: readonly (readonly string[])[]): void {
  const wrong = stacks.filter((frames) => !isInTree(frames)).map((frames) => frames.join(';'));
  expect(stacks.length).toBeGreaterThan(100);
  expect(wrong.length / stacks.length, wrong.join('\n')).toBeLessThan(0.005);
}

describe('a process that moves while it is read', () => {
  test('shows the stacks that it has', async () => {
    await Promise.all(fakes.map((fake) => fake.enter('churn')));
    const results = await Promise.all(
      fakes.flatMap(({ pid }) => [
        runSampler(['-p', String(pid), '-H', '10000', '-i', '1500']),
        runSampler(['-p', String(pid), '-H', '1000', '-i', '1500'], { sampler: CHECKED_SAMPLER }),
      ]),
    );
    results.forEach(expectGoodEnd);
    const stacks = results.flatMap(({ samples }) => samples.map(({ frames }) => frames));
    const torn = results.reduce((sum, { counters }) => sum + counters.get('torn')!, 0);
    expectInTree(stacks);
    expect(torn / stacks.length).toBeLessThan(0.01);
    expect(results.map(({ counters }) => counters.get('failed_reads'))).toEqual(results.map(() => 0));
  });

  test('never mixes names of two requests', async () => {
    const possible = ['alpha', 'bravo'].map((name) =>
      [LEAF, `${name}_in /srv/shop/pay.php:7`, `Shop::${name} /srv/shop/shop.php:40`, MAIN].join(';'),
    );
    const results = await sampleAll('requests', 600);
    results.forEach(expectGoodEnd);
    const stacks = new Set(results.flatMap(({ samples }) => samples.map(({ frames }) => frames.join(';'))));
    expect([...stacks].sort()).toEqual(possible);
  });

  test('may take away memory that was read before', async () => {
    const results = await sampleAll('vanish', 500);
    const possible = [GOOD.join(';'), [LEAF, PAY, ...GOOD].join(';')];
    results.forEach(expectGoodEnd);
    const stacks = new Set(results.flatMap(({ samples }) => samples.map(({ frames }) => frames.join(';'))));
    expect([...stacks].sort()).toEqual([...possible].sort());
    expect(results.map(({ counters }) => counters.get('failed_reads'))).toEqual(results.map(() => 0));
  });

  test('may write random words everywhere, and is sampled again when it is well', async () => {
    const results = await sampleAll('noise', 1000);
    results.forEach(expectGoodEnd);
    expectOnly(await sampleAll('good'), GOOD, FACTS);
  });

  test('is sampled again whenever it is well, by a sampler that never stops', async () => {
    const [fake] = fakes;
    await fake!.enter('good');
    const sampler = startSampler(['-p', String(fake!.pid), '-H', '1000'], { sampler: CHECKED_SAMPLER });
    for (const state of ['own caller', 'type 0', 'name length huge', 'current unmapped', 'deep 10000']) {
      await fake!.enter(state);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await fake!.enter('good');
      const before = sampler.samples.length;
      await expect.poll(() => sampler.samples.length).toBeGreaterThan(before + 20);
    }
    sampler.kill('SIGTERM');
    const result = await sampler.result;
    expect(result).toMatchObject({ exitCode: 0, bye: 'signal', stderr: '', troubles: [] });
    const short = result.samples.filter(({ frames }) => frames.length !== 1024);
    expect(new Set(short.map(({ frames }) => frames.join(';')))).toEqual(new Set([GOOD.join(';')]));
    expect(result.counters.get('failed_reads')).toBe(0);
  });

  test.each(['exit', 'kill'])('ends the run well when it ends by %s', async (state) => {
    const moving: string[][] = [];
    for (const version of VERSIONS) {
      const fake = await startFake(version);
      try {
        const runs = SAMPLERS.map((sampler) =>
          startSampler(['-p', String(fake.pid), '-H', '5000'], { sampler }),
        );
        await expect.poll(() => runs.every(({ samples }) => samples.length > 0)).toBe(true);
        await fake.enter(state);
        expect(await fake.ended).toBe(state === 'exit' ? 7 : 'SIGKILL');
        for (const { result } of runs) {
          const { samples, ...end } = await result;
          expect(end).toMatchObject({ exitCode: 0, bye: 'end', stderr: '', messages: [], troubles: [] });
          moving.push(...samples.map(({ frames }) => [...frames]).filter(([leaf]) => leaf !== LEAF));
        }
      } finally {
        await fake.stop();
      }
    }
    expectInTree(moving);
  });

  test('becomes another PHP by exec, and is sampled as that', async () => {
    const fake = await startFake(74);
    try {
      await fake.enter('name without hash');
      const runs = SAMPLERS.map((sampler) =>
        startSampler(['-p', String(fake.pid), '-H', '1000'], { sampler }),
      );
      for (const version of [84, 82, 74]) {
        await fake.enter(`exec ${version}`);
        const before = runs.map(({ samples }) => samples.length);
        await expect.poll(() => runs.every(({ samples }, i) => samples.length > before[i]! + 150)).toBe(true);
      }
      await fake.stop();
      for (const { result } of runs) {
        const { samples, counters, ...end } = await result;
        expect(end).toMatchObject({ exitCode: 0, bye: 'end', stderr: '', troubles: [] });
        const stacks = new Set(samples.map(({ frames }) => frames.join(';')));
        const first = [LEAF, 'unhashed /srv/shop/pay.php:7', CHECKOUT, MAIN];
        expect([...stacks]).toEqual(expect.arrayContaining([GOOD.join(';')]));
        expect([GOOD.join(';'), first.join(';')]).toEqual(expect.arrayContaining([...stacks]));
        expect(counters.get('failed_reads')).toBeLessThanOrEqual(3);
      }
    } finally {
      await fake.stop();
    }
  });
});

describe('a PHP that cannot be sampled', () => {
  test.each([
    ['zts', /^error php_zts Process \d+ \(PHP 9\.9\.9-fake, API \d+\): Thread-safe/],
    ['debug', /^error php_debug Process \d+ \(PHP .*Debug builds/],
    ['api', /^error php_version Process \d+ \(PHP .*API 20991231\): This PHP version/],
    ['starting', /^error not_ready Process \d+: PHP has not started up/],
    ['broken', /^error not_ready Process \d+: PHP has not started up/],
  ])('(%s) is refused with a sentence', async (kind, sentence) => {
    const fake = await startFake(84, kind);
    try {
      const results = SAMPLERS.map((sampler) => runSampler(['-p', String(fake.pid)], { sampler }));
      for (const result of await Promise.all(results)) {
        expect(result).toMatchObject({ exitCode: 69, bye: 'error', samples: [], stderr: '' });
        expect(result.messages).toEqual([expect.stringMatching(sentence)]);
      }
    } finally {
      await fake.stop();
    }
  });
});

test('control characters of a process do not reach a terminal', async () => {
  await fakes[0]!.enter('name of controls');
  for (const sampler of SAMPLERS) {
    const { stdout, stderr } = await execa(sampler, ['-p', String(fakes[0]!.pid), '-l', '1'], {
      encoding: 'buffer',
    });
    expect(Buffer.from(stdout).toString('latin1')).toBe(
      '0 strlen <internal>:-1\n1 a?0 b??[2J\xc2??\xff /srv/shop/pay.php:7\n' +
        '2 Shop::checkout /srv/shop/shop.php:40\n3 <main> /srv/shop/index.php:1\n',
    );
    expect(stderr).toHaveLength(0);
  }
});
