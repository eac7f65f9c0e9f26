// Four scripts of one shape by turns, without opcache: each request finds its functions where the last one had others.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Surroundings } from './case.ts';
import { load } from './load.ts';
import { isOfOneScript, scriptOf } from './oracle.ts';
import { uriOf } from './output.ts';
import { callStack, stackCallers, stackSource } from './php-source.ts';
import { Pool, timedScript } from './pool.ts';
import { ProgramRun } from './program-run.ts';

const PREFIXES = ['alpha', 'bravo', 'delta', 'gamma'];
const DEPTH = 9;
const WORKERS = 8;
const RATE_HZ = 499;
const SAMPLES = 10_000;
/** Some 10 ms, most of them waiting. */
const LEAF =
  'for ($i = 0; $i < 16; $i++) { for ($j = 0; $j < 1000; $j++) { $x += $j; } usleep(500); } return $x;';
/** What a script calls itself, other than its stack. */
const MAIN_CALLS = ['hrtime', 'sprintf', 'header'];

export const mixing: Case = {
  ...{ name: 'mixed requests', roundsMax: 1, isShared: true },
  async start({ place }: Surroundings) {
    const scripts = PREFIXES.map((prefix) => {
      const script = place.file(`${prefix}.php`);
      writeFileSync(
        script,
        timedScript(stackSource({ depth: DEPTH, leaf: LEAF, prefix }), callStack(prefix)),
      );
      return script;
    });
    const callers = new Map(
      PREFIXES.map((prefix) => [
        prefix,
        new Map([
          ...stackCallers(DEPTH, prefix, ['usleep']),
          ...MAIN_CALLS.map((name) => [name, new Set(['<main>'])] as const),
        ]),
      ]),
    );
    const pool = await Pool.start(place, scripts[0]!, { workers: WORKERS, isBare: true });
    const sampling = { of: { pgrep: pool.pgrep }, rateHz: RATE_HZ, options: ['-g', 'server.REQUEST_URI'] };
    return {
      async measure(program) {
        const run = new ProgramRun(program, sampling, place.folder);
        await sleep(program.settleMs(WORKERS));
        const forMs = (SAMPLES / RATE_HZ / WORKERS) * 3_000;
        await load(pool, { users: 12, scripts, uris: 4, forMs });
        await sleep(500);
        const traces = (await run.end()).traces().slice(0, SAMPLES);
        const wrong = traces.filter((trace) => !isOfOneScript(trace, callers));
        const strangers = traces.filter((trace) => isOfAnotherUri(uriOf(trace), scriptOf(trace)));
        return {
          'mixed of 10,000': (wrong.length * SAMPLES) / traces.length,
          'with the URI of another, of 10,000': (strangers.length * SAMPLES) / traces.length,
          traces: traces.length,
        };
      },
      stop: () => pool.stop(),
    };
  },
};

/** The load gives the scripts and as many URIs by turns. */
function isOfAnotherUri(uri: string | undefined, script: string | undefined): boolean {
  const number = /^\/shop\/(\d+)/.exec(uri ?? '')?.[1];
  return script !== undefined && number !== undefined && PREFIXES[Number(number)] !== script;
}
