import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeLimiter } from '../../src/deliver/limiter.ts';
import type { Limiter } from '../../src/deliver/limiter.ts';
import { startTimes } from './token-bucket.ts';
import type { Upload } from './token-bucket.ts';

const KIB = 1024;
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Virtual ms at which each upload was let through. */
async function measure(limiter: Limiter, uploads: readonly Upload[]): Promise<number[]> {
  const originMs = Date.now();
  const times = uploads.map(() => NaN);
  for (const [i, { atMs, bytes }] of uploads.entries()) {
    setTimeout(() => {
      void limiter.take(bytes, never).then(() => (times[i] = Date.now() - originMs));
    }, atMs);
  }
  for (let round = 0; round < 4_000 && times.some(Number.isNaN); round++)
    await vi.advanceTimersByTimeAsync(50);
  return times;
}

describe('the limiter', () => {
  test('lets uploads through when a token bucket would, give or take two of its ticks', async () => {
    const upload = fc.record({
      atMs: fc.integer({ min: 0, max: 5_000 }),
      bytes: fc.integer({ min: 1, max: 200 * KIB }),
    });
    const uploads = fc
      .array(upload, { minLength: 1, maxLength: 15 })
      .map((list) => list.sort((a, b) => a.atMs - b.atMs));
    const property = fc.asyncProperty(uploads, fc.integer({ min: 20, max: 400 }), async (list, rateKib) => {
      const limiter = makeLimiter(rateKib * KIB, 100 * KIB);
      const times = await measure(limiter, list);
      const wanted = startTimes(list, rateKib * KIB, 100 * KIB);
      limiter.stop();
      await vi.advanceTimersByTimeAsync(1_000);
      for (const [i, time] of times.entries()) {
        expect(time).toBeGreaterThan(wanted[i]! * 0.98 - 600);
        expect(time).toBeLessThan(wanted[i]! * 1.02 + 600);
      }
    });
    await fc.assert(property, { seed: 11, numRuns: 15 });
  });

  test('lets an upload larger than the burst through, and those behind it', async () => {
    const limiter = makeLimiter(64 * KIB, 64 * KIB);
    const times = await measure(
      limiter,
      [1_000_000, 10, 10].map((bytes): Upload => ({ atMs: 0, bytes })),
    );
    expect(times.every((time) => time < 2_000)).toBe(true);
    limiter.stop();
  });

  test('keeps even a rate of half a KiB per second', async () => {
    const limiter = makeLimiter(512, KIB);
    const times = await measure(
      limiter,
      Array.from({ length: 20 }, () => ({ atMs: 0, bytes: KIB })),
    );
    expect(times[19]).toBeGreaterThan(37_000);
    expect(times[19]).toBeLessThan(39_500);
    limiter.stop();
  });

  test('lets everything through at once when it is off', async () => {
    const limiter = makeLimiter(0, 0);
    for (let i = 0; i < 100; i++) await limiter.take(1e9, never);
    limiter.stop();
  });

  test('leaves no listener behind on the signal', async () => {
    const limiter = makeLimiter(1_024 * KIB, 1_024 * KIB);
    const { signal } = new AbortController();
    for (let i = 0; i < 50; i++) {
      void limiter.take(1, signal);
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    limiter.stop();
  });

  test('ends a wait on abort', async () => {
    const limiter = makeLimiter(KIB, 8 * KIB);
    const first = limiter.take(8 * KIB, never);
    await vi.advanceTimersByTimeAsync(10);
    await first;
    const abort = new AbortController();
    let isOver = false;
    const waiting = limiter.take(8 * KIB, abort.signal).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(500);
    expect(isOver).toBe(false);
    abort.abort();
    await waiting;
    limiter.stop();
  });
});
