import { expect, test } from 'vitest';
import { Silence } from '../../src/cli/silence.ts';
import { EventLog } from '../../src/observe/events.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import type { Logger } from '../../src/observe/logger.ts';

test('a sampler that prints nothing for half a minute is told once per silence', () => {
  const ledger = new Ledger();
  const log = new EventLog({ warn: () => undefined } as unknown as Logger);
  const silence = new Silence(ledger, log);
  const told = (): number => log.totals.get('no_samples') ?? 0;
  silence.begin(0);
  for (const [atMs, expected] of [
    [29_000, 0],
    [30_000, 1],
    [90_000, 1],
  ] as const) {
    silence.check(atMs);
    expect(told()).toBe(expected);
  }
  ledger.receive(1);
  silence.check(100_000);
  expect(told()).toBe(1);
  silence.check(130_000);
  expect(told()).toBe(2);
});
