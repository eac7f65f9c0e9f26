// What is run, in this order.
import type { Case } from './case.ts';
import { attaching } from './attaching.ts';
import { churn } from './churn.ts';
import { lossCase, lossScripts } from './losses.ts';
import { mixing } from './mixing.ts';
import type { Php } from './place.ts';
import { recycling } from './recycling.ts';
import { requests } from './requests.ts';
import { steadyCase } from './steady.ts';

export function makeCases(phps: readonly Php[]): readonly Case[] {
  const paired = { rateHz: 99, roundsMax: Infinity };
  return [
    steadyCase({ ...paired, name: '20 processes, depth 20', processes: 20, depth: 20, countsCalls: true }),
    steadyCase({ ...paired, name: '20 processes, depth 50', processes: 20, depth: 50 }),
    steadyCase({ ...paired, name: 'one process, depth 5', processes: 1, depth: 5 }),
    attaching,
    requests,
    recycling,
    ...phps.flatMap((php) => lossScripts.map(({ what, script }) => lossCase(what, script, php))),
    churn,
    mixing,
    steadyCase({ name: '75 processes, depth 20', processes: 75, depth: 20, rateHz: 25, roundsMax: 1 }),
  ];
}
