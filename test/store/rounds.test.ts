import { expect, onTestFinished, test, vi } from 'vitest';
import { Rounds } from '../../src/store/rounds.ts';
import type { UpkeepNews } from '../../src/store/upkeep-news.ts';

function start(outcomes: readonly (Error | undefined)[]): {
  rounds: Rounds;
  news: UpkeepNews[];
  run: number;
} {
  const state = { news: [] as UpkeepNews[], run: 0 };
  const work = (): Promise<void> => {
    const outcome = outcomes[state.run++];
    return outcome === undefined ? Promise.resolve() : Promise.reject(outcome);
  };
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const rounds = new Rounds({ work, intervalMs: 1_000, firstMs: 10, onNews: (one) => state.news.push(one) });
  return Object.assign(state, { rounds });
}

const FULL = new Error('the disk is full', { cause: new Error('ENOSPC') });

test('rounds that fail go on, tell how many in a row, and tell when one goes well again', async () => {
  const started = start([undefined, FULL, FULL, undefined, undefined, FULL]);
  await vi.advanceTimersByTimeAsync(10 + 5 * 1_000);
  expect(started.run).toBe(6);
  const reason = 'the disk is full (ENOSPC)';
  expect(started.news).toEqual([
    { kind: 'failed', reason, failures: 1 },
    { kind: 'failed', reason, failures: 2 },
    { kind: 'recovered', failures: 2 },
    { kind: 'failed', reason, failures: 1 },
  ]);
});

test('after the end there are no more, and what fails by the end is no trouble', async () => {
  let fail: (error: Error) => void = () => undefined;
  const news: UpkeepNews[] = [];
  const work = () => new Promise<void>((_, reject) => (fail = reject));
  const rounds = new Rounds({ work, intervalMs: 1, onNews: (one) => news.push(one) });
  await vi.waitFor(() => {
    expect(fail.length).toBe(1);
  });
  const closed = rounds.close();
  fail(new Error('closed'));
  await closed;
  expect(rounds.isClosed).toBe(true);
  expect(news).toEqual([]);
});
