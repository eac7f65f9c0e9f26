// php-fpm of each PHP: workers are found by name, and every sample carries the facts of its own request.
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startFpm } from './support/fpm.ts';
import { isMissing, PHPS } from './support/php.ts';
import { startSampler, stackOf } from './support/sampler-run.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const KEYS = ['uri', 'qstring', 'cookie', 'path', 'glopeek server.REQUEST_URI', 'glopeek server.HTTP_HOST'];

describe.each(PHPS)('php-fpm of PHP $version', (php) => {
  const check = test.skipIf(isMissing(php));
  check(
    'samples carry the URI, query and cookie of their request, not those of the front controller',
    async () => {
      const fpm = await startFpm(php);
      cleanups.push(() => fpm.stop());
      const facts = ['-r', 'qcup', '-g', 'server.REQUEST_URI', '-g', 'server.HTTP_HOST'];
      const program = `^${path.basename(php.fpm)}$`;
      const sampler = startSampler(['-P', program, '-H', '199', '-i', '4000', ...facts], { facts: KEYS });
      const until = Date.now() + 3_500;
      const user = async (): Promise<void> => {
        for (let n = 0; Date.now() < until; n++) await fpm.get(n % 2 ? '/first?n=1' : '/second?n=2');
      };
      await Promise.all([user(), user()]);
      const { samples, exitCode, troubles } = await sampler.result;

      const seen = { first: 0, second: 0 };
      for (const one of samples) {
        const [, name] = /^<main>;(first|second)\b/.exec(stackOf(one)) ?? [];
        if (name !== 'first' && name !== 'second') continue; // outside of the work
        seen[name]++;
        const query = name === 'first' ? 'n=1' : 'n=2';
        expect(Object.fromEntries(one.metas)).toMatchObject({
          ...{ uri: `/${name}`, qstring: query, cookie: 'crumb=1', 'glopeek server.HTTP_HOST': 'shop.test' },
          ...{
            'glopeek server.REQUEST_URI': `/${name}?${query}`,
            path: expect.stringMatching(/\/front\.php$/) as string,
          },
        });
      }
      expect(Math.min(seen.first, seen.second)).toBeGreaterThan(100);
      expect(exitCode).toBe(0);
      expect(troubles).toEqual([]);
    },
  );
});
