// From the start of the sampler to its first sample of one process, less what the program needs to say its version.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readTimes } from '../cpu-times.ts';
import type { Case, Surroundings } from './case.ts';
import { startAll } from './children.ts';
import { sleepingScript } from './php-source.ts';
import type { Program } from './program.ts';

const REPEAT = path.resolve('bench/sampler/repeat.sh');
/** The first sample comes at the first tick; a fast rate makes no later one long. */
const RATE_HZ = 999;
const LIMIT_MS = 60_000;

export const attaching: Case = {
  ...{ name: 'attach one process', roundsMax: 5, isShared: true },
  async start({ place, counter }: Surroundings) {
    const script = place.file('attached.php');
    writeFileSync(script, sleepingScript(20));
    const [child] = await startAll(1, [place.php, '-n', script]);
    const sampling = { of: { pid: child!.pid }, rateHz: RATE_HZ, options: ['-l', '1'] };
    return {
      measure(program) {
        const command = program.command(sampling);
        const attached = repeat(program, command);
        const bare = repeat(program, [program.file, '--version']);
        const file = place.file('executions');
        const [counting = '', ...words] = counter?.wrap('executions', file) ?? [];
        if (counter !== undefined)
          spawnSync(counting, [...words, ...command], { stdio: 'ignore', timeout: LIMIT_MS });
        return Promise.resolve({
          'attach, ms CPU': attached.cpuMs - bare.cpuMs,
          'attach, ms': attached.wallMs - bare.wallMs,
          // One is the program itself.
          executions: counter === undefined ? NaN : counter.read('executions', file) - 1,
        });
      },
      stop: () => child!.stop(),
    };
  },
};

/** CPU time: the mean, for bash counts in milliseconds; the clock: the least, for others may be at work on this machine. */
function repeat(program: Program, command: readonly string[]) {
  const times = program.name === 'spybridge' ? 40 : 5;
  const { stdout } = spawnSync('bash', [REPEAT, String(times), ...command], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
  });
  const walls = [...stdout.matchAll(/^wall (\S+) (\S+)$/gm)].map(
    ([, start, end]) => (Number(end) - Number(start)) * 1_000,
  );
  return { cpuMs: readTimes(stdout).childrenMs / times, wallMs: Math.min(...walls) };
}
