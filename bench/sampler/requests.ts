// php-fpm with opcache, 20 workers, 12 users, URIs captured: CPU time per trace, polls of idle workers included.
import { writeFileSync } from 'node:fs';
import type { Case, Surroundings } from './case.ts';
import { load } from './load.ts';
import { callStack, stackSource } from './php-source.ts';
import { Pool, timedScript } from './pool.ts';
import { measureWindow } from './program-run.ts';

const WORKERS = 20;
const USERS = 12;
/** Waits more than it works, so that two cores carry all users. */
const LEAF = `for ($i = 0; $i < 40; $i++) { for ($j = 0; $j < 4000; $j++) { $x += $j; } usleep(2000); } return $x;`;

export const requests: Case = {
  ...{ name: 'php-fpm, URI captured', roundsMax: 5, isShared: true },
  async start({ place, windowMs }: Surroundings) {
    const script = place.file('index.php');
    writeFileSync(script, timedScript(stackSource({ depth: 20, leaf: LEAF }), callStack()));
    const pool = await Pool.start(place, script, { workers: WORKERS });
    const sampling = { of: { pgrep: pool.pgrep }, rateHz: 99, options: ['-g', 'server.REQUEST_URI'] };
    return {
      async measure(program) {
        const forMs = program.settleMs(WORKERS) + windowMs + 500;
        const window = { folder: place.folder, processes: WORKERS, windowMs };
        const [seen] = await Promise.all([
          measureWindow(program, sampling, window),
          load(pool, { users: USERS, scripts: [script], uris: 100, forMs }),
        ]);
        return {
          'us per sample': (seen.cpuMs * 1_000) / seen.samples,
          'samples per s': (seen.samples * 1_000) / windowMs,
          'bytes per sample': seen.bytes / seen.samples,
        };
      },
      stop: () => pool.stop(),
    };
  },
};
