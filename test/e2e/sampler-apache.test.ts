// PHP as a module of Apache: found by the server's command line, and every sample carries the facts of its own request.
import { afterEach, expect, test } from 'vitest';
import { isApacheMissing, startApache } from './support/apache.ts';
import { answerOf, modesOf } from './support/modes.ts';
import { HOST } from './support/php.ts';
import { startSampler } from './support/sampler-run.ts';
import { expectWhole } from './support/shapes.ts';
import { expectStacksWithFacts, FACT_KEYS, FACT_OPTIONS, loadDuring } from './support/web.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test.skipIf(isApacheMissing()).each(modesOf(HOST))(
  '$mode: stacks are those of the scripts, with the URI, query and cookie of their own request',
  async (mode) => {
    const apache = await startApache(mode);
    cleanups.push(() => apache.stop());
    expect(await apache.get('/mode.php')).toBe(answerOf(mode));
    const sampler = startSampler(['-P', apache.pattern, '-H', '199', '-l', '1500', ...FACT_OPTIONS], {
      facts: FACT_KEYS,
    });
    const result = await loadDuring(apache, sampler.result);
    expectStacksWithFacts(result.samples);
    expectWhole(result);
  },
);
