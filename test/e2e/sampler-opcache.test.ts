// Opcache that starts over: its memory is used anew, and the same addresses hold other functions.
import { afterEach, describe, expect, test } from 'vitest';
import { startFpm } from './support/fpm.ts';
import { isMissing, PHPS } from './support/php.ts';
import { modesOf } from './support/modes.ts';
import { startSampler } from './support/sampler-run.ts';

const cleanups: (() => unknown)[] = [];
const FILES = [1, 2, 3, 4, 5, 6];
const ROUNDS = 2;

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(PHPS.filter((php) => !isMissing(php)))('PHP $version', (php) => {
  test('no function keeps the name of the one that was there before', async () => {
    const mode = modesOf(php).find((one) => one.mode === 'with opcache')!;
    const fpm = await startFpm(php, { mode, children: 1 });
    cleanups.push(() => fpm.stop());
    const options = { facts: ['glopeek globals.truth'] };
    const sampler = startSampler(['-P', fpm.pattern, '-H', '199', '-g', 'globals.truth'], options);
    cleanups.push(() => {
      sampler.kill('SIGKILL');
    });
    const get = (query: string): Promise<string> =>
      fpm.get(`/restart.php?${query}`, { SCRIPT_FILENAME: `${fpm.inside}/restart.php` });
    for (let round = 0; round < ROUNDS; round++) {
      for (const n of FILES) {
        await get(`n=${n}`);
        await get('reset');
      }
    }
    sampler.kill('SIGTERM');
    const { samples } = await sampler.result;
    const told = samples.flatMap(({ frames, metas }) => {
      const leaf = frames.map((frame) => /^leaf_(\d) /.exec(frame)?.[1]).find((n) => n !== undefined);
      return leaf === undefined ? [] : [{ leaf, truth: metas[0]?.[1] }];
    });
    expect(told.length).toBeGreaterThan(FILES.length * ROUNDS * 20);
    expect(new Set(told.map(({ truth }) => truth)).size).toBe(FILES.length);
    expect(told.filter(({ leaf, truth }) => leaf !== truth)).toEqual([]);
  });
});
