import { expect, test } from 'vitest';
import { EventLog } from '../../src/observe/events.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import type { Logger } from '../../src/observe/logger.ts';
import { makeMetrics } from '../../src/observe/metrics.ts';
import { SpanTally } from '../../src/observe/span-tally.ts';

test('the metrics tell what became of trace contexts, where somebody asked for them', async () => {
  const tally = new SpanTally();
  let outcomes: ReadonlyMap<string, number> = new Map();
  const registry = makeMetrics({
    ...{ ledger: new Ledger(), events: new EventLog({} as unknown as Logger), version: '1' },
    queue: () => ({ batches: 0, residentBytes: 0, spoolBytes: 0 }),
    isSamplerAlive: () => true,
    samplerStats: () => new Map(),
    cappedTagValues: () => new Map(),
    spanOutcomes: () => outcomes,
  });
  expect(await registry.metrics()).not.toContain('spybridge_span_samples_total{');
  tally.labelled = 7;
  tally.capped = 2;
  outcomes = tally.outcomes();
  const text = await registry.metrics();
  for (const [outcome, samples] of Object.entries({ labelled: 7, capped: 2, invalid: 0, absent: 0 }))
    expect(text).toContain(`spybridge_span_samples_total{outcome="${outcome}"} ${samples}\n`);
});
