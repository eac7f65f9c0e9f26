import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { reporterOf } from '../../src/cli/store-news.ts';
import { EventLog } from '../../src/observe/events.ts';
import type { StoreNews } from '../../src/store/upkeep-news.ts';

function report(news: readonly StoreNews[]): Record<string, unknown>[] {
  const log: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      log.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  const tell = reporterOf('lmdb', new EventLog(pino({ level: 'debug', messageKey: 'message' }, sink)));
  news.forEach(tell);
  return log;
}

test('rounds that fail are one line, and their end another', () => {
  const reason = 'The disk is full.';
  const log = report([
    { kind: 'rolled_up', hours: 3 },
    { kind: 'failed', reason, failures: 1 },
    { kind: 'failed', reason, failures: 2 },
    { kind: 'recovered', failures: 2 },
    { kind: 'expired', reason: 'age', profiles: 9 },
  ]);
  expect(log).toMatchObject([
    { event: 'upkeep_failing', level: 50, storage: 'lmdb', reason },
    { event: 'upkeep_recovered', storage: 'lmdb', failures: 2 },
  ]);
  expect(log).toHaveLength(2);
});

test('each death of a thread is a line, each return, and each stop', () => {
  const log = report([
    { kind: 'thread_ended', role: 'reader', reason: 'out of memory', pauseMs: 0 },
    { kind: 'thread_failed', role: 'reader', reason: 'no such folder', pauseMs: 250 },
    { kind: 'thread_restarted', role: 'reader' },
    { kind: 'thread_stalled', role: 'writer', waitedMs: 120_001 },
    { kind: 'thread_moved', role: 'writer', waitedMs: 130_000 },
  ]);
  expect(log).toMatchObject([
    { event: 'store_thread_ended', thread: 'reader', reason: 'out of memory', pauseMs: 0 },
    { event: 'store_thread_failed', thread: 'reader', reason: 'no such folder', pauseMs: 250 },
    { event: 'store_thread_restarted', thread: 'reader' },
    { event: 'store_thread_stalled', thread: 'writer', waitedMs: 120_001 },
    { event: 'store_thread_moved', thread: 'writer', waitedMs: 130_000 },
  ]);
});
