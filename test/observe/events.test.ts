import { describe, expect, test } from 'vitest';
import { EventLog } from '../../src/observe/events.ts';
import { formatPretty } from '../../src/observe/logger.ts';
import type { Logger } from '../../src/observe/logger.ts';

function makeLog(): { log: EventLog; lines: Record<string, unknown>[]; clock: { nowMs: number } } {
  const lines: Record<string, unknown>[] = [];
  const clock = { nowMs: 1_000_000 };
  const write = (facts: Record<string, unknown>): unknown => lines.push(facts);
  const logger = { info: write, warn: write, error: write, debug: write } as unknown as Logger;
  return { log: new EventLog(logger, () => clock.nowMs), lines, clock };
}

describe('the event log', () => {
  test('logs a repeated trouble once in a while, and counts what it left out', () => {
    const { log, lines, clock } = makeLog();
    for (let i = 0; i < 1_000; i++) log.report('retrying', { reason: 'down' });
    expect(lines).toEqual([{ event: 'retrying', reason: 'down' }]);
    clock.nowMs += 10_001;
    log.report('retrying', { reason: 'down' });
    expect(lines[1]).toEqual({ event: 'retrying', reason: 'down', repeats: 999 });
    expect(log.totals.get('retrying')).toBe(1_001);
  });

  test('leaves out no line of the events that come seldom', () => {
    const { log, lines } = makeLog();
    for (let i = 0; i < 3; i++) log.report('sampler_started', { pid: i });
    expect(lines).toHaveLength(3);
  });
});

test('a readable line lets no control character reach the terminal', () => {
  const line = JSON.stringify({
    ...{ time: '2026-01-02T03:04:05.678Z', level: 'warn', message: 'The sampler says:' },
    line: '\u001b[2J\u0007evil\nnext',
  });
  expect(formatPretty(line)).toBe('03:04:05 WARN  The sampler says: line=\uFFFD[2J\uFFFDevil\uFFFDnext\n');
});
