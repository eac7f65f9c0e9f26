// `spybridge run`: the pipeline's profiles become batches, and workers deliver them to Pyroscope or to a store of one's own.
import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { BatchQueue } from '../collect/batch-queue.ts';
import { Spool } from '../collect/spool.ts';
import { BatchMaker } from '../deliver/batch-maker.ts';
import { makeLimiter } from '../deliver/limiter.ts';
import { SERVICE_NAME } from '../deliver/pyroscope/labels.ts';
import { WorkerPool } from '../deliver/worker-pool.ts';
import type { WorkerPoolEvents } from '../deliver/worker-pool.ts';
import { startDeadline } from '../model/deadline.ts';
import { SpybridgeError } from '../model/errors.ts';
import { makeLabels } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Profile } from '../model/profile.ts';
import { UniqueTime } from '../model/unique-time.ts';
import type { EventLog } from '../observe/events.ts';
import { findUnreadiness } from '../observe/health.ts';
import type { ObserveHttp } from '../observe/http.ts';
import { Ledger } from '../observe/ledger.ts';
import { exitCodeOfSignal } from './exit-codes.ts';
import type { Job } from './job.ts';
import { Pipeline } from './pipeline.ts';
import { SignalDesk } from './signals.ts';
import { describeTotals } from './statistics.ts';
import { openTarget } from './target.ts';
import type { Target } from './target.ts';
import { version } from './version.ts';

/** Runs until the sampler has ended for good or a signal comes; returns the exit code. */
export async function runBridge(job: Job, events: EventLog, reread: () => Job): Promise<number> {
  const target = await openTarget(job.config, events);
  try {
    return await new Bridge(job, events, target, await openSpool(job.config, events)).run(reread);
  } finally {
    await target.close();
  }
}

class Bridge {
  private readonly config: Config;
  private readonly events: EventLog;
  private readonly ledger = new Ledger();
  private readonly queue: BatchQueue;
  private readonly maker: BatchMaker;
  private readonly target: Target;
  private readonly pool: WorkerPool;
  private readonly pipeline: Pipeline;

  constructor(job: Job, events: EventLog, target: Target, spool: Spool | undefined) {
    const { config } = job;
    this.config = config;
    this.events = events;
    this.target = target;
    this.maker = new BatchMaker(labelsOf(job, target.app), new UniqueTime());
    this.queue = new BatchQueue({
      limitBytes: config.queueBytes,
      ledger: this.ledger,
      spool,
      dropped: (reason, { samples }) => {
        events.report('dropped', { reason, samples });
      },
    });
    this.pool = new WorkerPool({
      workers: config.workers,
      source: this.queue,
      destination: target.destination,
      longestAgeMs: target.longestAgeMs,
      limiter: makeLimiter(target.rateBytesPerSecond, config.burstBytes),
      events: this.makePoolEvents(),
      split: (batch, how) => this.maker.split(batch, how),
    });
    this.pipeline = new Pipeline({
      job,
      ledger: this.ledger,
      events,
      onProfile: (profile) => {
        this.enqueue(profile);
      },
    });
  }

  async run(reread: () => Job): Promise<number> {
    const { config, events, ledger, pool, pipeline } = this;
    const signals = this.watchSignals(reread);
    const statistics = setInterval(() => {
      events.report('statistics', describeTotals(ledger.totals()));
    }, config.statsIntervalMs);
    let http: ObserveHttp | undefined;
    try {
      // A wrong address and an absent server must end the program before anything is started.
      http = await this.serveObservations();
      if (config.requireHealthy) await this.target.requireHealth();
      await this.replay();
      pool.start();
      const end = signals.stopped.aborted ? undefined : await pipeline.run(signals.stopped);
      await this.drain();
      if (signals.signal !== undefined) return exitCodeOfSignal(signals.signal);
      return end?.signal === undefined ? (end?.exitCode ?? 0) : exitCodeOfSignal(end.signal);
    } finally {
      clearInterval(statistics);
      signals.close();
      http?.close();
    }
  }

  private watchSignals(reread: () => Job): SignalDesk {
    const { events, ledger, pipeline, queue } = this;
    return new SignalDesk({
      onFlush: () => {
        pipeline.flush();
        events.report('flushed', describeTotals(ledger.totals()));
      },
      onReload: () => {
        this.reload(reread);
      },
      onStop: (signal) => {
        events.report('stopping', { signal });
      },
      onQuit: (signal) => {
        pipeline.killSampler();
        const { spooledSamples } = queue.totals();
        const lost = ledger.totals().pending - spooledSamples;
        events.report('quit', { signal, lost, ...(spooledSamples > 0 ? { spooled: spooledSamples } : {}) });
      },
    });
  }

  private reload(reread: () => Job): void {
    try {
      const job = reread();
      // The window that is open is sealed under the old labels.
      this.pipeline.relabel(job);
      this.maker.labels = labelsOf(job, this.target.app);
      this.events.setLevel(job.config.logLevel);
      this.events.report('reloaded');
    } catch (error) {
      if (!(error instanceof SpybridgeError)) throw error;
      this.events.report('reload_failed', { reason: error.message, hint: error.hint });
    }
  }

  private async serveObservations(): Promise<ObserveHttp | undefined> {
    const { config, ledger, events, pipeline, queue, pool } = this;
    if (config.httpListen === undefined) return undefined;
    const [{ makeMetrics }, { serveObservations }] = await Promise.all([
      import('../observe/metrics.ts'),
      import('../observe/http.ts'),
    ]);
    const registry = makeMetrics({
      ...{ ledger, events, version },
      queue: () => queue.totals(),
      isSamplerAlive: () => pipeline.isSamplerAlive,
      samplerStats: () => pipeline.samplerStats,
      cappedTagValues: () => pipeline.cappedTagValues,
      spanOutcomes: () => pipeline.spanOutcomes,
    });
    return serveObservations({
      listen: config.httpListen,
      metrics: () => registry.metrics(),
      unreadiness: () => {
        const { isSamplerAlive } = pipeline;
        return findUnreadiness({ isSamplerAlive, failingSinceMs: pool.failingSinceMs }, Date.now());
      },
    });
  }

  private enqueue(profile: Profile): void {
    const { batches, tooLargeSamples } = this.maker.make(profile);
    if (tooLargeSamples > 0) {
      this.ledger.drop('too_large', tooLargeSamples);
      this.events.report('dropped', { reason: 'too_large', samples: tooLargeSamples });
    }
    // A push never rejects, and what comes next need not wait for the disk.
    for (const batch of batches) void this.queue.push(batch);
  }

  private async replay(): Promise<void> {
    await this.queue.replay();
    const { replayed } = this.ledger.totals();
    if (replayed > 0) this.events.report('replaying', { samples: replayed });
  }

  /** Delivers what is left within the shutdown timeout; the rest stays in the spool or is lost. */
  private async drain(): Promise<void> {
    const { events, ledger } = this;
    const deadline = startDeadline(this.config.shutdownTimeoutMs);
    await this.queue.empty(deadline.signal);
    deadline.cancel();
    await this.pool.stop();
    const { droppedSamples, spooledSamples } = await this.queue.close();
    const kept = spooledSamples > 0 ? { spooled: spooledSamples } : {};
    const name = droppedSamples > 0 ? 'lost_at_stop' : 'stopped';
    events.report(name, { ...describeTotals(ledger.totals()), ...kept });
  }

  private makePoolEvents(): WorkerPoolEvents {
    const { events, ledger } = this;
    return {
      delivered: (batch, tookMs) => {
        ledger.deliver(batch.samples);
        events.report('delivered', {
          samples: batch.samples,
          bytes: batch.body.length,
          tookMs: Math.round(tookMs),
        });
      },
      dropped: (batch, reason, detail) => {
        ledger.drop(reason, batch.samples);
        events.report('dropped', { reason, samples: batch.samples, detail });
      },
      retrying: (batch, reason, waitMs) => {
        events.report('retrying', { reason, samples: batch.samples, waitMs: Math.round(waitMs) });
      },
      split: (batch, parts, reason) => {
        // A row that no chunk can hold is the only thing that a split may lose.
        const kept = parts.reduce((sum, part) => sum + part.samples, 0);
        if (kept < batch.samples) ledger.drop('too_large', batch.samples - kept);
        events.report('split', { reason, samples: batch.samples, parts: parts.length });
      },
    };
  }
}

function labelsOf({ tags }: Job, app: string): Labels {
  return makeLabels([[SERVICE_NAME, app], ['instance', hostname()], ...tags.fixed]);
}

/** Throws SpybridgeError('config') where the folder can't be used. */
function openSpool({ spoolFolder, spoolBytes }: Config, events: EventLog): Promise<Spool | undefined> {
  if (spoolFolder === undefined) return Promise.resolve(undefined);
  return Spool.open({
    dir: spoolFolder,
    limitBytes: spoolBytes,
    events: {
      spoolTrouble: (reason) => {
        events.report('spool_trouble', { reason });
      },
      spoolRecovered: () => {
        events.report('spool_recovered');
      },
      spoolDamaged: (file) => {
        events.report('spool_damaged', { file });
      },
    },
  });
}
