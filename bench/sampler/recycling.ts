// Workers that live for 30 requests, some 13 new ones per second: how many of the samples that could be had are had, and at what cost.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Surroundings } from './case.ts';
import { load } from './load.ts';
import { callStack, stackSource } from './php-source.ts';
import { Pool, timedScript } from './pool.ts';
import { ProgramRun } from './program-run.ts';

const WORKERS = 8;
const USERS = 12;
const RATE_HZ = 99;
const MAX_REQUESTS = 30;
/** Of the sampler's output. */
const FLUSH_MS = 500;
/** Some 20 ms: eight workers answer 400 times a second. */
const LEAF =
  'for ($i = 0; $i < 16; $i++) { for ($j = 0; $j < 2000; $j++) { $x += $j; } usleep(1000); } return $x;';

export const recycling: Case = {
  ...{ name: 'FPM workers recycled', roundsMax: 3, isShared: true },
  async start({ place, windowMs }: Surroundings) {
    const script = place.file('recycled.php');
    writeFileSync(script, timedScript(stackSource({ depth: 20, leaf: LEAF }), callStack()));
    const pool = await Pool.start(place, script, { workers: WORKERS, maxRequests: MAX_REQUESTS });
    const sampling = { of: { pgrep: pool.pgrep }, rateHz: RATE_HZ };
    return {
      async measure(program) {
        const run = new ProgramRun(program, sampling, place.folder);
        await sleep(program.settleMs(WORKERS));
        const first = run.look();
        const options = { users: USERS, scripts: [script], uris: 100, forMs: 2 * windowMs };
        const startMs = performance.now();
        const { requests, busyMs } = await load(pool, options);
        const seconds = (performance.now() - startMs) / 1_000;
        await sleep(FLUSH_MS);
        const last = run.look();
        const output = await run.end();
        const samples = output.countBefore(last.bytes) - output.countBefore(first.bytes);
        return {
          'share of samples %': (100 * samples) / ((busyMs / 1_000) * RATE_HZ),
          'us per sample': ((last.cpuMs - first.cpuMs) * 1_000) / samples,
          'new workers per s': requests / MAX_REQUESTS / seconds,
        };
      },
      stop: () => pool.stop(),
    };
  },
};
