// Stacks of running PHP scripts are those that the scripts can have, on every PHP and with every way to run its code.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Php } from './support/php.ts';
import { answerOf, iniOptions, modesOf } from './support/modes.ts';
import { isMissing, PHPS, makeFolder, outputOf, start, startUp } from './support/php.ts';
import type { SamplerResult } from './support/sampler-run.ts';
import { runSampler, stackOf } from './support/sampler-run.ts';
import { cutShort, expectOnly, expectWhole, lostShare, SHAPES_STACKS } from './support/shapes.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Samples `script` and nothing else. */
async function sample(php: Php, command: readonly string[], args: readonly string[]): Promise<SamplerResult> {
  const script = start(php, command);
  cleanups.push(() => script.stop());
  await startUp(script);
  return runSampler(['-p', String(script.pid), ...args]);
}

describe.each(PHPS)('PHP $version', (php) => {
  const check = test.skipIf(isMissing(php));

  check.each(modesOf(php))(
    '$mode has no stack that the script cannot have, and loses next to none',
    async (mode) => {
      const folder = makeFolder(php);
      cleanups.push(folder.remove);
      const command = ['/usr/bin/php', ...iniOptions(mode)];
      expect(await outputOf(php, [...command, `${folder.inside}/mode.php`])).toBe(answerOf(mode));
      const result = await sample(
        php,
        [...command, `${folder.inside}/shapes.php`],
        ['-H', '499', '-l', '1500'],
      );
      expectOnly(result.samples, SHAPES_STACKS);
      expectWhole(result);
    },
  );

  check.each(modesOf(php))(
    '$mode: a stack that never holds still is hardly ever a wrong one',
    async (mode) => {
      const folder = makeFolder(php);
      cleanups.push(folder.remove);
      const command = ['/usr/bin/php', ...iniOptions(mode), `${folder.inside}/churn.php`];
      const result = await sample(php, command, ['-H', '499', '-i', '4000']);

      const numbered = (length: number): string => Array.from({ length }, (_, i) => `f${i + 1}`).join(';');
      const leaves = Array.from({ length: 20 }, (_, i) => `${numbered(i + 1)};leaf${i + 1}`);
      const allowed = cutShort([numbered(20), ...leaves]);
      const wrong = result.samples.map(stackOf).filter((stack) => !allowed.has(stack));
      expect(wrong.length / result.samples.length, wrong.join('\n')).toBeLessThan(0.002);
      expect(lostShare(result)).toBeLessThan(0.05);
      expect(result.samples.length).toBeGreaterThan(500);
    },
  );

  check('a stack of a megabyte is read whole', async () => {
    const folder = makeFolder(php);
    cleanups.push(folder.remove);
    const variables = Array.from({ length: 60 }, (_, i) => `$v${i} = ${i};`).join(' ');
    writeFileSync(
      path.join(folder.outside, 'wide.php'),
      `<?php function wide($n) { ${variables} if ($n > 0) { wide($n - 1); } else { while (true) usleep(1000); } } wide(999);`,
    );
    const { samples } = await sample(php, ['/usr/bin/php', `${folder.inside}/wide.php`], ['-l', '20']);
    const depths = new Set(
      samples.map(({ frames }) => frames.filter((frame) => !frame.startsWith('usleep')).length),
    );
    expect(depths).toEqual(new Set([1_001]));
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
    const callers = whole.samples.map(({ frames }) => frames.filter((frame) => !frame.startsWith('usleep')));
    expect(new Set(callers.map(({ length }) => length))).toEqual(new Set([1_003]));
    const asked = await sample(php, script, ['-l', '50', '-n', '10']);
    expect(new Set(asked.samples.map(({ frames }) => frames.length))).toEqual(new Set([11])); // and [truncated]
  });
});
