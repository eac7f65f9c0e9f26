// Scripts that are always at work in calls that are hard to follow: attempts that bring no trace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Case, Surroundings } from './case.ts';
import { startAll } from './children.ts';
import type { Php } from './place.ts';
import { ProgramRun } from './program-run.ts';

const RATE_HZ = 499;

export const lossScripts = [
  { what: 'yield from', script: 'yield-from.php' },
  { what: 'magic calls', script: 'magic.php' },
  { what: 'autoload', script: 'autoload.php' },
] as const;

export function lossCase(what: string, script: string, php: Php): Case {
  return {
    ...{ name: `lost on ${what}, ${php.title}`, roundsMax: 2, isShared: true },
    async start({ place, counter, windowMs }: Surroundings) {
      const [child] = await startAll(1, [...php.command, php.place(script)]);
      await sleep(500);
      return {
        async measure(program) {
          const limitMs = Math.max(2_000, windowMs / 2);
          const sampling = { of: { pid: child!.pid }, rateHz: RATE_HZ, limitMs };
          const file = place.file('sleeps');
          const isCounting = counter !== undefined && program.format === 'text';
          const wrapper = isCounting ? counter.wrap('sleeps', file) : [];
          const output = await new ProgramRun(program, sampling, place.folder, wrapper).finish(limitMs);
          const traces = output.countBefore(output.bytes.length);
          const byRate = (RATE_HZ * limitMs) / 1_000;
          const bySleeps = isCounting ? counter.read('sleeps', file) : byRate;
          const attempts = output.attempts() ?? bySleeps;
          return { 'lost %': 100 * Math.max(0, 1 - traces / attempts), attempts };
        },
        stop: () => child!.stop(),
      };
    },
  };
}
