import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startAlignedTimer } from '../../src/cli/aligned-timer.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_003_456 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('windows end on multiples of the interval, whenever the program was started', async () => {
  const at: number[] = [];
  const stop = startAlignedTimer(10_000, () => at.push(Date.now()));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(at).toEqual([1_700_000_010_000, 1_700_000_020_000, 1_700_000_030_000]);
  stop();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(at).toHaveLength(3);
});
