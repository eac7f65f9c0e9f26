import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { startDeadline } from '../../src/model/deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a deadline', () => {
  test('aborts when it has passed, also after garbage collections in between', async () => {
    const deadline = startDeadline(60, new AbortController().signal);
    for (let i = 0; i < 3; i++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(() => deadline.signal.aborted, { timeout: 5_000 }).toBe(true);
    expect(deadline.hasPassed).toBe(true);
  });

  test('aborts with its parent, before or after its start', () => {
    const parent = new AbortController();
    const early = startDeadline(60_000, parent.signal);
    parent.abort();
    const late = startDeadline(60_000, parent.signal);
    expect([early.signal.aborted, late.signal.aborted]).toEqual([true, true]);
    expect([early.hasPassed, late.hasPassed]).toEqual([false, false]);
    early.cancel();
    late.cancel();
  });

  test('once cancelled aborts no more', async () => {
    const parent = new AbortController();
    const deadline = startDeadline(1, parent.signal);
    deadline.cancel();
    parent.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(deadline.signal.aborted).toBe(false);
  });
});
