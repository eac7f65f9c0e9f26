import { expect, test } from 'vitest';
import { PATIENT_SAMPLES, SpanWatch } from '../../src/cli/span-watch.ts';
import { EventLog } from '../../src/observe/events.ts';
import type { Logger } from '../../src/observe/logger.ts';
import { SpanTally } from '../../src/observe/span-tally.ts';

function setUp() {
  const tally = new SpanTally();
  const log = new EventLog({ warn: () => undefined } as unknown as Logger);
  const watch = new SpanWatch(tally, log);
  const told = (): Record<string, number> => {
    watch.check();
    return Object.fromEntries(log.totals);
  };
  return { tally, told };
}

test('broken and too many trace contexts are told once each', () => {
  const { tally, told } = setUp();
  tally.labelled = 10;
  expect(told()).toEqual({});
  tally.invalid = 3;
  expect(told()).toEqual({ spans_invalid: 1 });
  tally.invalid = 30;
  tally.capped = 5;
  expect(told()).toEqual({ spans_invalid: 1, spans_capped: 1 });
  expect(told()).toEqual({ spans_invalid: 1, spans_capped: 1 });
});

test('samples that all have no trace context are told, but not before there are many', () => {
  const { tally, told } = setUp();
  tally.absent = PATIENT_SAMPLES - 1;
  expect(told()).toEqual({});
  tally.absent = PATIENT_SAMPLES;
  expect(told()).toEqual({ spans_absent: 1 });
});

test('samples without a trace context among others are nothing to tell', () => {
  const { tally, told } = setUp();
  tally.labelled = 1;
  tally.absent = 10 * PATIENT_SAMPLES;
  expect(told()).toEqual({});
});
