// Leaf functions of some 100 ns, called in a loop at the top of a stack: printed stacks that the script cannot have.
import { writeFileSync } from 'node:fs';
import type { Case, Surroundings } from './case.ts';
import { startAll } from './children.ts';
import { isPossible } from './oracle.ts';
import { churningCallers, churningScript } from './php-source.ts';
import type { Program } from './program.ts';
import { ProgramRun } from './program-run.ts';

const RATE_HZ = 999;
const DEPTHS = [5, 20, 50];

export const churn: Case = {
  ...{ name: 'worst churn', roundsMax: 3, isShared: true },
  start({ place, windowMs }: Surroundings) {
    const scripts = DEPTHS.map((depth) => {
      const script = place.file(`churning-${depth}.php`);
      writeFileSync(script, churningScript(depth));
      return { script, callers: churningCallers(depth) };
    });
    return Promise.resolve({
      async measure(program: Program) {
        let [seen, wrong, attempts] = [0, 0, 0];
        for (const { script, callers } of scripts) {
          const [child] = await startAll(1, [place.php, '-n', script]);
          const limitMs = windowMs;
          const sampling = { of: { pid: child!.pid }, rateHz: RATE_HZ, limitMs };
          const output = await new ProgramRun(program, sampling, place.folder).finish(limitMs);
          await child!.stop();
          const traces = output.traces();
          seen += traces.length;
          wrong += traces.filter((trace) => !isPossible(trace, callers)).length;
          attempts += output.attempts() ?? NaN;
        }
        return { 'torn %': (100 * wrong) / seen, traces: seen, 'given up %': 100 * (1 - seen / attempts) };
      },
      stop: () => Promise.resolve(),
    });
  },
};
