import { describe, expect, test } from 'vitest';
import { Backoff, FIRST_DELAY_MS, HEALTHY_LIFE_MS, LONGEST_DELAY_MS } from '../../src/samplers/backoff.ts';
import type { Child, ChildEnd } from '../../src/samplers/child.ts';
import type { RestartPolicy } from '../../src/samplers/supervisor.ts';
import { supervise } from '../../src/samplers/supervisor.ts';
import { SpybridgeError } from '../../src/model/errors.ts';

const ended = (exitCode: number | undefined): ChildEnd => ({ exitCode, signal: undefined, lifeMs: 1 });

/** Lives that end one after the other; after the last one the run is aborted. */
async function run(
  policy: RestartPolicy,
  ends: readonly (ChildEnd | Error)[],
): Promise<{ starts: number; end: ChildEnd }> {
  const controller = new AbortController();
  let starts = 0;
  const start = (): Promise<Child> => {
    const end = ends[starts++]!;
    if (end instanceof Error) return Promise.reject(end);
    if (starts === ends.length) controller.abort();
    return Promise.resolve({
      pid: starts,
      ended: Promise.resolve(end),
      stop: () => undefined,
      kill: () => undefined,
    });
  };
  const silent = { onStarted: () => undefined, onEnded: () => undefined, onRestart: () => undefined };
  const quick = { next: () => 0 } as unknown as Backoff;
  const options = { policy, start, ...silent, onStartFailed: () => undefined, backoff: quick };
  return { end: await supervise(options, controller.signal), starts };
}

describe('restart policies', () => {
  test.each([
    ['no', [ended(1), ended(0)], 1, 1],
    ['always', [ended(1), ended(0), ended(undefined)], 3, undefined],
    ['onerror', [ended(1), ended(undefined), ended(0), ended(1)], 3, 0],
    ['onsuccess', [ended(0), ended(3), ended(0)], 2, 3],
  ] as const)('%s', async (policy, ends, starts, exitCode) => {
    const result = await run(policy, ends);
    expect(result.starts).toBe(starts);
    expect(result.end.exitCode).toBe(exitCode);
  });

  test('a first start that fails is thrown, a later one counts as a failed life', async () => {
    const missing = new SpybridgeError('sampler_missing', 'gone');
    await expect(run('always', [missing])).rejects.toBe(missing);
    expect((await run('always', [ended(1), missing, ended(0)])).starts).toBe(3);
  });
});

describe('the wait before a restart', () => {
  test('doubles up to its bound and starts over after a healthy life', () => {
    const backoff = new Backoff(() => 1);
    const waits = Array.from({ length: 12 }, () => backoff.next(10));
    expect(waits.slice(0, 3)).toEqual([FIRST_DELAY_MS, FIRST_DELAY_MS * 2, FIRST_DELAY_MS * 4]);
    expect(waits.at(-1)).toBe(LONGEST_DELAY_MS);
    expect(backoff.next(HEALTHY_LIFE_MS)).toBe(FIRST_DELAY_MS);
  });

  test('has jitter: half of it at least', () => {
    expect(new Backoff(() => 0).next(0)).toBe(FIRST_DELAY_MS / 2);
  });
});
