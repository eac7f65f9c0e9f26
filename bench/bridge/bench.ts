// The bridge's benchmark: every case with every program, alternated, then the tables.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { goalTable } from '../goal.ts';
import { Server } from '../server.ts';
import type { Case } from './cases.ts';
import { makeCases, startUp } from './cases.ts';
import { judge } from './goals.ts';
import { makeInputs } from './inputs.ts';
import { Results } from './results.ts';
import type { RunFigures } from './run.ts';
import { runOnce } from './run.ts';
import type { Subject } from './subject.ts';
import { makeBridge, makeGospy } from './subject.ts';
import { figureTable } from './tables.ts';

export interface BenchOptions {
  readonly bridge: string;
  readonly peer: string | undefined;
  readonly peerArgs: readonly string[];
  readonly rounds: number;
  readonly only: string;
  readonly isQuick: boolean;
}

/** Nobody listens on it: connections are refused. */
const DOWN_URL = 'http://127.0.0.1:1';

export async function benchBridge(options: BenchOptions): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spybridge-bench-'));
  // Half a gigabyte must not stay behind, whatever ends us.
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  const servers = { answers: await Server.start('answer'), hangs: await Server.start('hang') };
  try {
    const inputs = makeInputs(folder, options.isQuick);
    const bridge = makeBridge(options.bridge);
    const subjects =
      options.peer === undefined ? [bridge] : [bridge, makeGospy(options.peer, options.peerArgs, folder)];
    const cases = [startUp, ...makeCases(inputs, options.isQuick)];
    const results = new Results();
    for (const of of cases.filter(({ name }) => isWanted(name, options.only))) {
      results.all.push(...(await runCase(of, { subjects, servers, folder, rounds: options.rounds })));
    }
    const place = `${cpus().length} cores, Node ${process.versions.node}, ${options.rounds} rounds`;
    console.log(`\n## Goals (${place})\n\n${goalTable(judge(results), 'gospy')}`);
    console.log(`\n## Figures: median (min..max)\n\n${figureTable(results)}`);
  } finally {
    servers.answers.stop();
    servers.hangs.stop();
  }
}

function isWanted(name: string, only: string): boolean {
  return name === startUp.name || new RegExp(only).test(name);
}

interface Surroundings {
  readonly subjects: readonly Subject[];
  readonly servers: Readonly<Record<'answers' | 'hangs', Server>>;
  readonly folder: string;
  readonly rounds: number;
}

async function runCase(of: Case, { subjects, servers, folder, rounds }: Surroundings) {
  const able = subjects.filter((subject) => of.isShared || subject.name === 'spybridge');
  const server = of.server === 'down' ? undefined : servers[of.server];
  const runs = new Map<Subject, RunFigures[]>(able.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of able) {
      process.stderr.write(`${of.name}: ${subject.name}, round ${round + 1} of ${rounds}\n`);
      const costFile = path.join(folder, 'sampler-cost');
      const request = { url: server?.url ?? DOWN_URL, costFile, sampler: of.sampler, options: of.options };
      runs.get(subject)!.push(await runOnce(subject, request, server));
    }
  }
  return able.map((subject) => ({ case: of, program: subject.name, runs: runs.get(subject)! }));
}
