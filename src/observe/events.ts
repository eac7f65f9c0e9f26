// Every event that we report: one call is one log line, and the same names appear in docs and alerts.
// WARN: unexpected, nothing lost. ERROR: data was lost or can't be delivered.
import type { LogLevel, Logger } from './logger.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

const events = {
  started: ['info', 'Profiling has started.'],
  sampler_started: ['info', 'The sampler has started.'],
  sampler_ended: ['info', 'The sampler has ended.'],
  sampler_failed: ['warn', 'The sampler has ended with an error.'],
  sampler_start_failed: ['error', 'The sampler could not be started again.'],
  sampler_restart: ['info', 'The sampler will be started again.'],
  sampler_line: ['warn', 'The sampler says:'],
  sampler_lines_suppressed: ['info', 'More lines of the sampler were left out.'],
  sampler_message: ['warn', 'The sampler reports:'],
  stream_damaged: ['warn', 'The output of the sampler is damaged.'],
  no_samples: ['warn', 'No sample has come. Is PHP busy, and does the sampler find it?'],
  delivered: ['debug', 'A batch was delivered.'],
  retrying: ['warn', 'A batch could not be delivered; it will be tried again.'],
  split: ['info', 'A batch was split.'],
  dropped: ['error', 'A batch was lost.'],
  replaying: ['info', 'Batches that an earlier run left in the spool are delivered first.'],
  spool_trouble: ['warn', 'The spool cannot be written; batches stay in memory.'],
  spool_recovered: ['info', 'The spool can be written again.'],
  spool_damaged: ['error', 'A file in the spool cannot be read; it was moved to the folder "damaged".'],
  api_fallback: ['info', 'The server has no push API; folded stacks are sent to /ingest.'],
  clock_skew: [
    'warn',
    "The server's clock differs from ours; profiles outside of its ingestion window will be refused.",
  ],
  rate_unknown: [
    'warn',
    'The rate of the sampler is not known; 99 samples per second are assumed. Give --sample-rate.',
  ],
  tags_capped: ['warn', 'A tag has more values than --max-tag-values; the rest become "other".'],
  spans_capped: [
    'warn',
    'A window has too many spans; samples of further ones are delivered without span labels.',
  ],
  spans_invalid: ['warn', 'A trace context is not valid; its samples are delivered without span labels.'],
  spans_absent: [
    'warn',
    'No sample has a trace context. Do requests come with one, and is the sampler asked for it (-g server.HTTP_TRACEPARENT)?',
  ],
  reloaded: ['info', 'Tags, entry points and log level were read again.'],
  reload_failed: ['error', 'The configuration is wrong; the old one stays in force.'],
  statistics: ['info', 'Statistics.'],
  flushed: ['info', 'The window was flushed on request.'],
  server_started: ['info', 'The server listens; a browser shows its page at this URL.'],
  server_open: [
    'warn',
    'Other machines can reach the server, and it asks for no token. `spybridge serve` takes --read-token-file and --write-token-file.',
  ],
  storage_silent: ['warn', 'A storage does not answer as it should; what needs it fails until it does.'],
  server_stopping: ['info', 'Stopping: requests that run are finished, new ones are not taken.'],
  server_stopped: ['info', 'Stopped.'],
  follower_trouble: ['warn', 'A storage that follows the first one does not take profiles; they wait.'],
  follower_lost: ['error', 'A storage that follows the first one will lack profiles.'],
  retention_fitted: [
    'info',
    'The disk is small: the oldest profiles go before --retention-mb is reached. Give it to have another size.',
  ],
  upkeep_failing: ['error', 'The store fails to delete old profiles and to add up hours; it goes on trying.'],
  upkeep_recovered: ['info', 'The store deletes old profiles and adds up hours again.'],
  store_thread_ended: ['error', 'A thread of the store has died; it is started again.'],
  store_thread_failed: ['error', 'A thread of the store could not be started again; it will be tried again.'],
  store_thread_stalled: [
    'error',
    'A thread of the store does not answer. If that goes on, only a new start of the program helps.',
  ],
  store_thread_moved: ['info', 'A thread of the store answers again.'],
  store_thread_restarted: ['info', 'A thread of the store works again.'],
  request: ['debug', 'A request was answered.'],
  request_refused: ['warn', 'A request was refused before any API has seen it.'],
  request_failed: ['error', 'A request has failed through no fault of its client.'],
  stopping: ['info', 'Stopping: the sampler is ended, what is left is delivered.'],
  stopped: ['info', 'Stopped.'],
  lost_at_stop: ['error', 'Stopped before everything was delivered.'],
  quit: ['error', 'Quitting at once on a second signal.'],
} as const satisfies Record<string, readonly [Level, string]>;

export type EventName = keyof typeof events;
export type Facts = Readonly<Record<string, unknown>>;

/** Repeats of an event within this time are counted, not logged. */
const QUIET_MS = 10_000;
const limited: ReadonlySet<EventName> = new Set([
  'retrying',
  'split',
  'dropped',
  'stream_damaged',
  'sampler_message',
  'sampler_start_failed',
  'request_refused',
  'request_failed',
  'follower_trouble',
  'follower_lost',
]);

export class EventLog {
  private readonly logger: Logger;
  private readonly now: () => number;
  private readonly lastLogged = new Map<EventName, { atMs: number; left: number }>();
  private readonly counts = new Map<EventName, number>();

  constructor(logger: Logger, now: () => number = Date.now) {
    this.logger = logger;
    this.now = now;
  }

  setLevel(level: LogLevel): void {
    this.logger.level = level;
  }

  /** How often each event has happened. */
  get totals(): ReadonlyMap<EventName, number> {
    return this.counts;
  }

  report(name: EventName, facts: Facts = {}): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const [level, sentence] = events[name];
    const repeats = this.takeRepeats(name);
    if (repeats === undefined) return;
    this.logger[level]({ event: name, ...facts, ...(repeats > 0 ? { repeats } : {}) }, sentence);
  }

  /** Occurrences that were left out since the last line, or undefined where this one is left out, too. */
  private takeRepeats(name: EventName): number | undefined {
    if (!limited.has(name)) return 0;
    const nowMs = this.now();
    const last = this.lastLogged.get(name);
    if (last !== undefined && nowMs - last.atMs < QUIET_MS) {
      last.left += 1;
      return undefined;
    }
    this.lastLogged.set(name, { atMs: nowMs, left: 0 });
    return last?.left ?? 0;
  }
}
