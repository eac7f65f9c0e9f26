// Stacks of running PHP scripts are those that the scripts can have, on every PHP and with every way to run its code.
import { afterEach, describe, expect, test } from 'vitest';
import type { Php } from './support/php.ts';
import { isMissing, PHPS, makeFolder, start, startUp } from './support/php.ts';
import type { SamplerResult } from './support/sampler-run.ts';
import { runSampler, stackOf } from './support/sampler-run.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const OPCACHE = ['-d', 'opcache.enable_cli=1'];
const MODES = [
  { mode: 'without opcache', options: [], from: '7.4' },
  { mode: 'with opcache', options: OPCACHE, from: '7.4' },
  {
    mode: 'with the function JIT',
    options: [...OPCACHE, '-d', 'opcache.jit_buffer_size=32M', '-d', 'opcache.jit=function'],
    from: '8.0',
  },
  {
    mode: 'with the tracing JIT',
    options: [...OPCACHE, '-d', 'opcache.jit_buffer_size=32M', '-d', 'opcache.jit=tracing'],
    from: '8.0',
  },
];

const RAISE = ';raise'.repeat(6);

/** Every stack of shapes.php, without the `<main>` at its root, and each of these cut short, is one that may be seen. */
const SHAPES = [
  ...['outer;busy', 'outer;middle;busy', 'outer;middle;usleep'],
  `down${';down'.repeat(30)};busy`,
  ...['consume;busy', 'consume;delegate;busy', 'consume;delegate;produce', 'consume;produce;busy'],
  ...['callbacks;usort;{closure};busy', 'callbacks;array_map;twice;busy', 'callbacks;{closure};busy'],
  'callbacks;preg_replace_callback;Tool::replace;busy',
  ...['magic;Base::inherited;busy', 'magic;Base::inherited;Tool::own;busy', 'magic;Tool::__get;busy'],
  ...[
    'magic;Tool::__call;busy',
    'magic;Tool::anything',
    'magic;Tool::__callStatic;busy',
    'magic;Tool::something',
  ],
  ...['magic;Tool::__toString;busy', 'magic;Tool::__invoke;busy', 'magic;Tool::__destruct;busy'],
  ...['Tool::__destruct;busy', 'magic;strlen'], // a destructor runs when its function has been left
  // PHP 7.4 calls the autoloader through a function, and 8.4 calls class_exists without a frame.
  ...['autoloads;class_exists;{closure};busy', 'autoloads;class_exists;spl_autoload_call;{closure};busy'],
  'autoloads;{closure};busy',
  ...[`rescue${RAISE};busy`, `rescue${RAISE};Exception::__construct`, 'rescue;busy'],
  ...['spread;busy', 'spread;spread_inner;busy'],
  ...['evaluates;<main>;busy', 'evaluates;<main>;function_of_eval;busy'],
  'includes;<main>;busy',
  'anonymous;class@anonymous::run;busy',
  ...['<main>;busy', '<main>;function_exists', '<main>;Fiber::__construct'],
  ...['<main>;Fiber::start;in_fiber;busy', '<main>;Fiber::start;in_fiber;Fiber::suspend'],
  ...['<main>;Fiber::resume;in_fiber;after_suspend;busy', '<main>;Fiber::resume;in_fiber;Fiber::suspend'],
  ...['spl_autoload_register', 'busy'],
];

function cutShort(stacks: readonly string[]): Set<string> {
  const all = new Set(['<main>']);
  for (const stack of stacks) {
    const names = `<main>;${stack}`.split(';');
    for (let length = 1; length <= names.length; length++) all.add(names.slice(0, length).join(';'));
  }
  return all;
}

/** Samples `script` and nothing else. */
async function sample(php: Php, command: readonly string[], args: readonly string[]): Promise<SamplerResult> {
  const script = start(php, command);
  cleanups.push(() => script.stop());
  await startUp(script);
  return runSampler(['-p', String(script.pid), ...args]);
}

function countStacks(result: SamplerResult): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of result.samples) {
    const stack = stackOf(one);
    counts.set(stack, (counts.get(stack) ?? 0) + one.weight);
  }
  return counts;
}

/** Polls that found PHP at work but brought no sample, of all that found it so. */
function lostShare({ counters, samples }: SamplerResult): number {
  const lost = counters.get('torn')! + counters.get('failed_reads')! + counters.get('dropped')!;
  return lost / (lost + samples.length);
}

describe.each(PHPS)('PHP $version', (php) => {
  const check = test.skipIf(isMissing(php));
  const modes = MODES.filter(({ from }) => php.version !== '7.4' || from === '7.4');

  check.each(modes)(
    '$mode has no stack that the script cannot have, and loses next to none',
    async ({ options }) => {
      const folder = makeFolder(php);
      cleanups.push(folder.remove);
      const command = ['/usr/bin/php', ...options, `${folder.inside}/shapes.php`];
      const result = await sample(php, command, ['-H', '499', '-i', '4000']);

      const allowed = cutShort(SHAPES);
      const counts = countStacks(result);
      const wrong = [...counts].filter(([stack]) => !allowed.has(stack));
      expect(wrong).toEqual([]);
      expect(result.samples.length).toBeGreaterThan(500);
      expect(lostShare(result)).toBeLessThan(0.01);
      expect(result.exitCode).toBe(0);
      expect(result.troubles).toEqual([]);
    },
  );

  check('a stack that never holds still is hardly ever a wrong one', async () => {
    const folder = makeFolder(php);
    cleanups.push(folder.remove);
    const result = await sample(
      php,
      ['/usr/bin/php', `${folder.inside}/churn.php`],
      ['-H', '499', '-i', '4000'],
    );

    const numbered = (length: number): string => Array.from({ length }, (_, i) => `f${i + 1}`).join(';');
    const leaves = Array.from({ length: 20 }, (_, i) => `${numbered(i + 1)};leaf${i + 1}`);
    const allowed = cutShort([numbered(20), ...leaves]);
    const wrong = result.samples.map(stackOf).filter((stack) => !allowed.has(stack));
    expect(wrong.length / result.samples.length).toBeLessThan(0.005);
    expect(lostShare(result)).toBeLessThan(0.05);
    expect(result.samples.length).toBeGreaterThan(500);
  });

  check('a deep recursion is cut at its root and says so', async () => {
    const folder = makeFolder(php);
    cleanups.push(folder.remove);
    const script = ['/usr/bin/php', `${folder.inside}/deep.php`];
    const endless = await sample(php, script, ['-l', '50']);
    const [{ frames } = { frames: [] }] = endless.samples;
    expect(frames).toHaveLength(1_024);
    expect(frames.slice(0, 3).map((frame) => frame.split(' ')[0])).toEqual(['usleep', 'work', 'down']);
    expect(frames.at(-1)).toMatch(/^\[truncated\] /);
    const whole = await sample(php, [...script, '1000'], ['-l', '50']);
    expect(new Set(whole.samples.map(({ frames }) => frames.length))).toEqual(new Set([1_004]));
    const asked = await sample(php, script, ['-l', '50', '-n', '10']);
    expect(new Set(asked.samples.map(({ frames }) => frames.length))).toEqual(new Set([11])); // and [truncated]
  });
});
