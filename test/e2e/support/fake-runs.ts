// What the fake PHPs show when all is well, and how both samplers, as users run it and with address and undefined-behaviour
// checks, see them in any other state.
import { afterAll, beforeAll, expect } from 'vitest';
import type { FakePhp } from './fake-php.ts';
import { buildFake, CHECKED_SAMPLER, startFake } from './fake-php.ts';
import type { SamplerResult } from './sampler-run.ts';
import { runSampler, SAMPLER } from './sampler-run.ts';

export const VERSIONS = [74, 82, 84, 85];
export const SAMPLERS = [SAMPLER, CHECKED_SAMPLER];
export const PAY = 'pay /srv/shop/pay.php:7';
export const CHECKOUT = 'Shop::checkout /srv/shop/shop.php:40';
export const MAIN = '<main> /srv/shop/index.php:1';
export const CALLERS = [PAY, CHECKOUT, MAIN];
export const LEAF = 'strlen :0'; // internal functions have no file
export const GOOD = [LEAF, ...CALLERS];
export const paidBy = (name: string): string[] => [LEAF, name, CHECKOUT, MAIN];

export const WANTED = [
  'server.REQUEST_METHOD',
  'server.LONG',
  'server.REQUEST_URI',
  'get.id',
  'globals.counter',
];
export const FACTS: Readonly<Record<string, string>> = {
  'glopeek server.REQUEST_METHOD': 'POST',
  'glopeek server.LONG': '42',
  'glopeek server.REQUEST_URI': '/shop/7?id=7',
  'glopeek get.id': '7',
  'glopeek globals.counter': '-5',
  path: '/srv/shop/index.php',
  qstring: 'id=7',
  ts: '1700000000.250000',
};
const KEYS = Object.keys(FACTS);

let turn = 0;

const optionsFor = (ms: number): string[] => ['-H', '1000', '-i', String(ms), '-r', 'qp'];
const facts = WANTED.flatMap((wanted) => ['-g', wanted]);

/** The sampler on every fake, and the checked one on each in turn. All fakes are in that state. */
export async function sampleAll(fakes: readonly FakePhp[], state: string, ms = 60): Promise<SamplerResult[]> {
  await Promise.all(fakes.map((fake) => fake.enter(state)));
  const sample = ({ pid }: FakePhp, sampler: string): Promise<SamplerResult> =>
    runSampler(['-p', String(pid), ...optionsFor(ms), ...facts], { sampler, facts: KEYS });
  turn += 1;
  return Promise.all([
    ...fakes.map((fake) => sample(fake, SAMPLER)),
    sample(fakes[turn % fakes.length]!, CHECKED_SAMPLER),
  ]);
}

export function expectGoodEnd(result: SamplerResult): void {
  expect(result).toMatchObject({ exitCode: 0, bye: 'limit', stderr: '', messages: [], troubles: [] });
}

export const counted = ({ counters }: SamplerResult): unknown => ({
  idle: counters.get('idle'),
  torn: counters.get('torn'),
  failed: counters.get('failed_reads'),
  dropped: counters.get('dropped'),
});

/** Every sample of every run has these frames and facts. */
export function expectOnly(
  results: SamplerResult[],
  frames: readonly string[],
  metas: Record<string, string>,
): void {
  for (const result of results) {
    expectGoodEnd(result);
    expect(counted(result)).toEqual({ idle: 0, torn: 0, failed: 0, dropped: 0 });
    expect(result.samples.length).toBeGreaterThan(0);
    for (const sample of result.samples) {
      expect(sample.frames).toEqual(frames);
      expect(Object.fromEntries(sample.metas)).toEqual(metas);
    }
  }
}

/** One fake of each version, in an array that is filled before the tests and emptied after them. */
export function useFakes(): readonly FakePhp[] {
  const fakes: FakePhp[] = [];
  beforeAll(async () => {
    await buildFake();
    fakes.push(...(await Promise.all(VERSIONS.map((version) => startFake(version)))));
  });
  afterAll(async () => {
    await Promise.all(fakes.splice(0).map((fake) => fake.stop()));
  });
  return fakes;
}
