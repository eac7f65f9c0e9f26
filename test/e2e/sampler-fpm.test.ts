// php-fpm of each PHP: workers are found by name, and every sample carries the facts of its own request.
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { FpmOptions } from './support/fpm.ts';
import { startFpm } from './support/fpm.ts';
import { answerOf, modesOf } from './support/modes.ts';
import type { Php } from './support/php.ts';
import { HOST, isMissing, PHPS } from './support/php.ts';
import { startSampler } from './support/sampler-run.ts';
import { expectWhole } from './support/shapes.ts';
import type { WebServer } from './support/web.ts';
import { expectStacksWithFacts, FACT_KEYS, FACT_OPTIONS, loadDuring } from './support/web.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function run(php: Php, options: FpmOptions = {}): Promise<WebServer> {
  const fpm = await startFpm(php, options);
  cleanups.push(() => fpm.stop());
  return fpm;
}

describe.each(PHPS)('php-fpm of PHP $version', (php) => {
  test.skipIf(isMissing(php)).each(modesOf(php))(
    '$mode: stacks are those of the scripts, with the URI, query and cookie of their own request',
    async (mode) => {
      const fpm = await run(php, { mode });
      expect(await fpm.get('/mode.php')).toBe(answerOf(mode));
      const sampler = startSampler(['-P', fpm.pattern, '-H', '199', '-l', '1500', ...FACT_OPTIONS], {
        facts: FACT_KEYS,
      });
      const result = await loadDuring(fpm, sampler.result);
      expectStacksWithFacts(result.samples);
      expectWhole(result);
    },
  );
});

test('php-fpm whose program was deleted, as by an upgrade: its old workers are sampled and those to come', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-old-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true });
  });
  chmodSync(folder, 0o755);
  const program = path.join(folder, 'php-fpm-old');
  copyFileSync(HOST.fpm, program);
  const fpm = await run(HOST, { program, maxRequests: 5 });
  rmSync(program);
  const sampler = startSampler(['-P', fpm.pattern, '-H', '199', '-l', '1500', '-d', 'p', ...FACT_OPTIONS], {
    facts: [...FACT_KEYS, 'pid'],
  });
  const result = await loadDuring(fpm, sampler.result);
  expectStacksWithFacts(result.samples);
  expectWhole(result);
  const pids = new Set(result.samples.map(({ metas }) => Object.fromEntries(metas)['pid']));
  expect(pids.size).toBeGreaterThan(6);
});
