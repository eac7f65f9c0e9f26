// The real sampler on processes that play PHP and move, end or become others while they are read, and on such as are no
// PHP that can be sampled.
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { CHECKED_SAMPLER, startFake } from './support/fake-php.ts';
import {
  CHECKOUT,
  expectGoodEnd,
  expectOnly,
  FACTS,
  GOOD,
  LEAF,
  MAIN,
  PAY,
  sampleAll,
  SAMPLERS,
  useFakes,
  VERSIONS,
} from './support/fake-runs.ts';
import { runSampler, startSampler } from './support/sampler-run.ts';

const fakes = useFakes();

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

/** A frame that was just left may hang below the one that took its caller's place: less than 0.2 % of a stack that is
 * another one in each reading. */
function expectInTree(stacks: readonly (readonly string[])[]): void {
  const wrong = stacks.filter((frames) => !isInTree(frames)).map((frames) => frames.join(';'));
  expect(stacks.length).toBeGreaterThan(100);
  expect(wrong.length / stacks.length, wrong.join('\n')).toBeLessThan(0.002);
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
    const results = await sampleAll(fakes, 'requests', 600);
    results.forEach(expectGoodEnd);
    const stacks = new Set(results.flatMap(({ samples }) => samples.map(({ frames }) => frames.join(';'))));
    expect([...stacks].sort()).toEqual(possible);
  });

  test('may take away memory that was read before', async () => {
    const results = await sampleAll(fakes, 'vanish', 500);
    const possible = [GOOD.join(';'), [LEAF, PAY, ...GOOD].join(';')];
    results.forEach(expectGoodEnd);
    const stacks = new Set(results.flatMap(({ samples }) => samples.map(({ frames }) => frames.join(';'))));
    expect([...stacks].sort()).toEqual([...possible].sort());
    expect(results.map(({ counters }) => counters.get('failed_reads'))).toEqual(results.map(() => 0));
  });

  test('may write random words everywhere, and is sampled again when it is well', async () => {
    const results = await sampleAll(fakes, 'noise', 1000);
    results.forEach(expectGoodEnd);
    expectOnly(await sampleAll(fakes, 'good'), GOOD, FACTS);
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

  test('need not stop for -S: the sampler goes on without it', async () => {
    const fake = await startFake(84);
    try {
      const args = ['-S', '-p', String(fake.pid), '-H', '500', '-i', '300'];
      expectOnly([await runSampler(args)], GOOD, {});
      await fake.enter('vfork');
      const result = await runSampler(args, { sampler: CHECKED_SAMPLER });
      expectGoodEnd(result);
      expect(result.samples).toEqual([]);
      expect(result.counters.get('torn')).toBeGreaterThan(0);
      await fake.enter('good');
      expectOnly([await runSampler(args)], GOOD, {});
    } finally {
      await fake.stop();
    }
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
