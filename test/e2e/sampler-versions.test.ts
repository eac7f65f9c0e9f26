// Several versions of PHP in one run: each process is read as what it is.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { RecordedSample } from '../fixtures/recording-sink.ts';
import { startFpm } from './support/fpm.ts';
import type { Php } from './support/php.ts';
import { isMissing, makeFolder, PHPS, start } from './support/php.ts';
import { startSampler, stackOf } from './support/sampler-run.ts';
import { expectOnly, expectWhole, SHAPES_STACKS } from './support/shapes.ts';
import { expectStacksWithFacts, FACT_KEYS, FACT_OPTIONS, loadDuring } from './support/web.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A script of each PHP that names this run in its command line, so that one pattern matches all of them. */
function startShapes(php: Php, name: string): number {
  const folder = makeFolder(php);
  cleanups.push(folder.remove);
  const process = start(php, ['/usr/bin/php', `${folder.inside}/shapes.php`, name]);
  cleanups.push(() => process.stop());
  return process.pid;
}

/** The samples of these processes. */
function of(pids: readonly number[], samples: readonly RecordedSample[]): RecordedSample[] {
  return samples.filter(({ metas }) => pids.includes(Number(Object.fromEntries(metas)['pid'])));
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

const hasFibers = (samples: readonly RecordedSample[]): boolean =>
  samples.some((one) => stackOf(one).includes(';Fiber::'));

const present = PHPS.filter((php) => !isMissing(php));

test.skipIf(present.length < 2)('one -P samples all versions of PHP at once, scripts and FPM', async () => {
  const name = `versions-${randomUUID()}`;
  const scripts = present.map((php) => [startShapes(php, name)]);
  const pools = await Promise.all(present.map((php) => startFpm(php, { pool: name, children: 2 })));
  cleanups.push(...pools.map((fpm) => () => fpm.stop()));
  const workers = pools.map(({ pid }) => childrenOf(pid));

  const args = ['-P', `-f ${name}`, '-H', '199', '-l', '6000', '-d', 'p', ...FACT_OPTIONS];
  const sampler = startSampler(args, { facts: [...FACT_KEYS, 'pid'] });
  const [result] = await Promise.all(pools.map((fpm) => loadDuring(fpm, sampler.result)));
  const { samples } = result!;
  expectWhole(result!);
  for (const [i, { version }] of present.entries()) {
    const [ofScript, ofWorkers] = [of(scripts[i]!, samples), of(workers[i]!, samples)];
    expectOnly(ofScript, SHAPES_STACKS);
    expectStacksWithFacts(ofWorkers);
    expect(ofScript.length).toBeGreaterThan(100);
    expect([version, hasFibers(ofScript), hasFibers(ofWorkers)]).toEqual([
      version,
      version !== '7.4',
      version !== '7.4',
    ]);
  }
});
