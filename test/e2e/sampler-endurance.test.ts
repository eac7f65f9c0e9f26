// As many samples as an hour brings at 99 Hz, and thousands of processes that come and go: the sampler stays as small.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SampleSink } from '../../src/model/sample-sink.ts';
import { startFpm } from './support/fpm.ts';
import type { PhpProcess } from './support/php.ts';
import { HOST, makeFolder, start } from './support/php.ts';
import type { SamplerResult, SamplerRun } from './support/sampler-run.ts';
import { startSampler } from './support/sampler-run.ts';

const HOUR_OF_SAMPLES = 99 * 3600;
const WARM = { samples: HOUR_OF_SAMPLES / 4, epochs: 5, processes: 1_000 };
const DONE = { samples: HOUR_OF_SAMPLES, epochs: 15, processes: 4_000 };
const NOISE_KB = 128;
const native = path.join(import.meta.dirname, '../../native');
const cleanups: (() => unknown)[] = [];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

class CountingSink implements SampleSink {
  readonly wantedMetaKeys = new Set(['glopeek globals.n']);
  samples = 0;
  epochs = 0;

  startEpoch(): void {
    this.epochs += 1;
  }

  take(_stack: number, _meta: number, weight: number): void {
    this.samples += weight;
  }

  drop(): void {
    throw new Error('A sample of the bundled sampler could not be used.');
  }
}

/** PHP in all its comings and goings under a name: started, forked, recycled, and with ever new values. Answers its end. */
async function startTurmoil(name: string): Promise<() => Promise<void>> {
  const folder = makeFolder(HOST);
  cleanups.push(folder.remove);
  const scriptOf = (script: string, ...args: string[]): PhpProcess => {
    const process = start(HOST, ['php', '-n', `${folder.inside}/${script}`, ...args, name]);
    cleanups.push(() => process.stop());
    return process;
  };
  const counters = Array.from({ length: 8 }, () => scriptOf('counter.php'));
  const nursery = scriptOf('nursery.php', '4');
  const fpm = await startFpm(HOST, { pool: name, children: 4, maxRequests: 2 });
  let isOver = false;
  const visit = async (): Promise<void> => {
    while (!isOver) await fpm.get('/brief.php');
  };
  const startAgain = async (): Promise<void> => {
    while (!isOver) await scriptOf('brief.php', '1500').ended;
  };
  const loops = [...Array.from({ length: 4 }, visit), ...Array.from({ length: 10 }, startAgain)];
  const end = async (): Promise<void> => {
    isOver = true;
    await nursery.stop(); // its children end by themselves
    await Promise.all([...loops, ...counters.map((counter) => counter.stop())]);
    await fpm.stop();
  };
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => (ending ??= end());
  cleanups.push(stop);
  return stop;
}

function startCounting(name: string, sampler?: string): SamplerRun & { readonly sink: CountingSink } {
  const sink = new CountingSink();
  const args = ['-P', `-f ${name}`, '-H', '999', '-g', 'globals.n', '-r', 'u'];
  const run = startSampler(args, { sink, ...(sampler === undefined ? {} : { sampler }) });
  cleanups.push(() => {
    run.kill('SIGKILL');
  });
  return { ...run, sink };
}

const processesOf = (run: SamplerRun): number => run.counters().get('processes_seen') ?? 0;

/** Waits until a run has had as much. Fails when the sampler ends before. */
async function reach(run: ReturnType<typeof startCounting>, goal: typeof DONE): Promise<void> {
  let early: SamplerResult | undefined;
  void run.result.then((result) => (early = result));
  const { sink } = run;
  while (sink.samples < goal.samples || sink.epochs < goal.epochs || processesOf(run) < goal.processes) {
    expect(early).toBeUndefined();
    await pause(50);
  }
}

function residentKbOf({ pid }: SamplerRun): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb);
}

/** The fewest of half a second: there are some more for a moment, when it looks into /proc. */
async function descriptorsOf({ pid }: SamplerRun): Promise<number> {
  let fewest = Infinity;
  for (let look = 0; look < 50; look++) {
    fewest = Math.min(fewest, readdirSync(`/proc/${pid}/fd`).length);
    await pause(10);
  }
  return fewest;
}

test('memory and descriptors are flat over an hour of samples and thousands of processes', async () => {
  const name = `turmoil-${randomUUID()}`;
  const run = startCounting(name);
  await expect.poll(() => run.messages.length).toBeGreaterThan(0); // it waits for processes
  const descriptors = await descriptorsOf(run);
  const stop = await startTurmoil(name);
  await reach(run, WARM);
  const warmKb = residentKbOf(run);
  await reach(run, DONE);
  const endKb = residentKbOf(run);
  await stop();
  // It may keep some open for each process that it follows, and none of those that it followed.
  await expect.poll(() => descriptorsOf(run), { timeout: 20_000 }).toBe(descriptors);
  run.kill('SIGTERM');
  const { exitCode, counters, troubles } = await run.result;
  console.log(`${run.sink.samples} samples of ${processesOf(run)} processes: ${endKb} kB, was ${warmKb} kB`);

  expect(endKb).toBeLessThanOrEqual(warmKb + NOISE_KB);
  expect((counters.get('torn')! + counters.get('failed_reads')!) / run.sink.samples).toBeLessThan(0.01);
  expect({ exitCode, troubles }).toEqual({ exitCode: 0, troubles: [] });
});

test('nothing leaks and nothing is misread in a turmoil, say the checks of the compiler', async () => {
  const flags = 'CFLAGS=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all';
  execFileSync('make', ['-s', '-C', native, 'BUILD=build/asan', flags, 'build/asan/sampler']);
  const name = `turmoil-${randomUUID()}`;
  await startTurmoil(name);
  const run = startCounting(name, path.join(native, 'build/asan/sampler'));
  await reach(run, { samples: 20_000, epochs: 2, processes: 400 });
  run.kill('SIGTERM');
  const { exitCode, stderr } = await run.result;
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});
