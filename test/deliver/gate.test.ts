import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FIRST_WAIT_MS, Gate, LONGEST_WAIT_MS, LONGEST_WISH_MS } from '../../src/deliver/gate.ts';

const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How many of `callers` are through. */
function count(gate: Gate, callers: number, signal = never): { passed: number } {
  const counter = { passed: 0 };
  for (let i = 0; i < callers; i++) void gate.pass(signal).then(() => (counter.passed += 1));
  return counter;
}

describe('the gate', () => {
  test('is open to all until something fails', async () => {
    const counter = count(new Gate(), 5);
    await vi.advanceTimersByTimeAsync(0);
    expect(counter.passed).toBe(5);
  });

  test('after a failure lets one try and holds the others until it has passed', async () => {
    const gate = new Gate(() => 1);
    gate.failed();
    const counter = count(gate, 5);
    await vi.advanceTimersByTimeAsync(FIRST_WAIT_MS - 1);
    expect(counter.passed).toBe(0);
    await vi.advanceTimersByTimeAsync(2);
    expect(counter.passed).toBe(1);
    await vi.advanceTimersByTimeAsync(LONGEST_WAIT_MS * 3);
    expect(counter.passed).toBe(1);
    gate.succeeded();
    await vi.advanceTimersByTimeAsync(1);
    expect(counter.passed).toBe(5);
    expect(gate.closedSinceMs).toBeUndefined();
  });

  test('doubles its wait up to a bound, with jitter over the whole range', () => {
    const longest = new Gate(() => 1);
    const waits = Array.from({ length: 10 }, () => longest.failed());
    expect(waits.slice(0, 4)).toEqual([500, 1_000, 2_000, 4_000]);
    expect(waits.at(-1)).toBe(LONGEST_WAIT_MS);
    const shortest = new Gate(() => 0);
    expect([shortest.failed(), shortest.failed()]).toEqual([0, 0]);
  });

  test("obeys the server's wish, within bounds", () => {
    const gate = new Gate(() => 0);
    expect(gate.failed(7_000)).toBe(7_000);
    expect(gate.failed(86_400_000)).toBe(LONGEST_WISH_MS);
  });

  test('lets the next one try when the one that was let through leaves without a try', async () => {
    const gate = new Gate(() => 0);
    gate.failed();
    const counter = count(gate, 2);
    await vi.advanceTimersByTimeAsync(2);
    expect(counter.passed).toBe(1);
    gate.leave();
    await vi.advanceTimersByTimeAsync(2);
    expect(counter.passed).toBe(2);
  });

  test('ends every wait on abort', async () => {
    const gate = new Gate(() => 1);
    gate.failed(60_000);
    const abort = new AbortController();
    const counter = count(gate, 3, abort.signal);
    abort.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(counter.passed).toBe(3);
  });
});
