// Where the stages meet: sampler -> parse -> transform -> collect. What becomes of a sealed window is the caller's choice.
import { startAlignedTimer } from './aligned-timer.ts';
import { makeLabeler, wantedMetaKeys } from './job.ts';
import type { Job } from './job.ts';
import { Silence } from './silence.ts';
import { SpanWatch } from './span-watch.ts';
import type { SealedWindow } from '../collect/intake.ts';
import { Intake } from '../collect/intake.ts';
import type { LabelResolver } from '../model/label-resolver.ts';
import type { Profile, ProfileType } from '../model/profile.ts';
import type { EventLog } from '../observe/events.ts';
import type { Ledger } from '../observe/ledger.ts';
import { SpanTally } from '../observe/span-tally.ts';
import type { Dialect } from '../parse/dialect.ts';
import { Feed } from '../parse/feed.ts';
import { makeDialect, Sniffer } from '../parse/sniffer.ts';
import type { StreamCounter, StreamListener } from '../parse/stream-facts.ts';
import type { Child, ChildEnd } from '../samplers/child.ts';
import { startChild } from '../samplers/child.ts';
import { samplerEnvironment } from '../samplers/environment.ts';
import { DEFAULT_RATE_HZ } from '../samplers/sampler.ts';
import { StderrLog } from '../samplers/stderr-log.ts';
import { supervise } from '../samplers/supervisor.ts';
import type { Labeler } from '../transform/labeler.ts';
import { SpanLabeler } from '../transform/span-labeler.ts';
import { VALUE_LIFETIME_MS } from '../transform/tag-values.ts';

export interface PipelineOptions {
  readonly job: Job;
  readonly ledger: Ledger;
  readonly events: EventLog;
  /** Must have used the profile's rows when it returns. */
  readonly onProfile: (profile: Profile) => void;
}

export class Pipeline {
  /** Last figures that the sampler told of itself. */
  samplerStats: ReadonlyMap<StreamCounter, number> = new Map();
  isSamplerAlive = false;
  private readonly options: PipelineOptions;
  private readonly silence: Silence;
  private readonly tally = new SpanTally();
  private readonly spanWatch: SpanWatch;
  private labeler: Labeler;
  private readonly intake: Intake;
  private dialect: Dialect | undefined;
  private child: Child | undefined;
  private rateHz: number | undefined;
  private type: ProfileType;
  private epochSinceMs = Date.now();
  private readonly toldCapped = new Set<string>();

  constructor(options: PipelineOptions) {
    this.options = options;
    const { ledger } = options;
    const { config, plan } = options.job;
    this.rateHz = config.sampleRateHz ?? plan.rateHz;
    this.type = config.profileType ?? plan.type;
    this.labeler = makeLabeler(options.job);
    this.silence = new Silence(ledger, options.events);
    this.spanWatch = new SpanWatch(this.tally, options.events);
    this.intake = new Intake({
      resolver: this.makeResolver(options.job),
      wantedMetaKeys: wantedMetaKeys(options.job),
      ledger,
      onSealed: (window) => {
        this.handOn(window);
      },
    });
  }

  /** Samples in the open window. */
  get openSamples(): number {
    return this.intake.pending;
  }

  /** Tag values that became `other`, per tag. */
  get cappedTagValues(): ReadonlyMap<string, number> {
    return this.labeler.overflowed();
  }

  /** Samples by what became of their trace context; empty where nobody asks for it. */
  get spanOutcomes(): ReadonlyMap<string, number> {
    return this.options.job.spans === undefined ? new Map() : this.tally.outcomes();
  }

  /** Runs the sampler to its end under the restart policy; then everything it printed has been handed on. */
  async run(signal: AbortSignal): Promise<ChildEnd> {
    const { events } = this.options;
    const { config } = this.options.job;
    const stopFlushing = startAlignedTimer(config.flushIntervalMs, () => {
      this.flush();
    });
    try {
      return await supervise(
        {
          policy: config.restart,
          start: () => this.startSampler(),
          onStarted: (pid) => {
            this.isSamplerAlive = true;
            this.silence.begin(Date.now());
            events.report('sampler_started', { pid });
          },
          onEnded: (end) => {
            this.isSamplerAlive = false;
            const isWanted = signal.aborted || end.exitCode === 0;
            events.report(isWanted ? 'sampler_ended' : 'sampler_failed', {
              ...end,
              lifeMs: Math.round(end.lifeMs),
            });
          },
          onRestart: (delayMs) => {
            events.report('sampler_restart', { delayMs: Math.round(delayMs) });
          },
          onStartFailed: (error) => {
            events.report('sampler_start_failed', { reason: error.message });
          },
        },
        signal,
      );
    } finally {
      stopFlushing();
      this.intake.seal();
      this.spanWatch.check();
    }
  }

  /** Ends the sampler at once, without asking. */
  killSampler(): void {
    if (this.isSamplerAlive) this.child?.kill();
  }

  /** Closes the open window now. */
  flush(): void {
    if (Date.now() - this.epochSinceMs >= VALUE_LIFETIME_MS) {
      // Tag values are admitted anew at an epoch's start: so places in the cap come free.
      this.epochSinceMs = Date.now();
      this.dialect?.restartEpoch();
    }
    this.intake.seal();
    if (this.isSamplerAlive) this.silence.check(Date.now());
    this.tellCapped();
    this.spanWatch.check();
  }

  /** Tags and entry points of another configuration, from the next sample on. Samples that were read keep theirs. */
  relabel(job: Job): void {
    this.labeler = makeLabeler(job);
    this.toldCapped.clear();
    // The sampler was started for the spans of this run.
    const { spans } = this.options.job;
    this.intake.relabel(
      this.makeResolver({ tags: job.tags, spans }),
      wantedMetaKeys({ tags: job.tags, spans }),
    );
    this.dialect?.restartEpoch();
  }

  private makeResolver({ tags, spans }: Pick<Job, 'tags' | 'spans'>): LabelResolver {
    const { labeler, tally } = this;
    if (spans === undefined) return labeler;
    return new SpanLabeler({ tags: labeler, tagKeys: tags.metaKeys, source: spans, tally });
  }

  /** Once per tag: an operator must know that a template makes too many values. */
  private tellCapped(): void {
    for (const [tag, values] of this.cappedTagValues) {
      if (values === 0 || this.toldCapped.has(tag)) continue;
      this.toldCapped.add(tag);
      this.options.events.report('tags_capped', { tag, limit: this.options.job.config.maxTagValues });
    }
  }

  private async startSampler(): Promise<Child> {
    const { events } = this.options;
    const { config, plan } = this.options.job;
    const dialectOptions = { keepEntrypointName: config.keepEntrypointName, listener: this.makeListener() };
    const name = config.input === 'auto' ? plan.dialect : config.input;
    this.dialect =
      name === 'auto'
        ? new Sniffer(this.intake, dialectOptions)
        : makeDialect(name, this.intake, dialectOptions);
    const feed = new Feed(this.dialect);
    const stderr = new StderrLog({
      onLine: (line) => {
        events.report('sampler_line', { line });
      },
      onSuppressed: (lines) => {
        events.report('sampler_lines_suppressed', { lines });
      },
    });
    const child = await startChild({
      plan,
      environment: samplerEnvironment(process.env),
      target: feed,
      stderr,
    });
    this.child = child;
    const ended = child.ended.then((end) => {
      // A new child gets a new parser: half a trace of this one must never meet the next one's.
      feed.end();
      return end;
    });
    return { ...child, ended };
  }

  private makeListener(): StreamListener {
    const { events } = this.options;
    const { config } = this.options.job;
    return {
      hello: (hello) => {
        const rateHz = config.sampleRateHz ?? (hello.rateHz > 0 ? hello.rateHz : this.rateHz);
        const type = config.profileType ?? hello.type;
        if (rateHz !== this.rateHz || type !== this.type) this.intake.seal();
        this.rateHz = rateHz;
        this.type = type;
      },
      stats: (stats) => {
        this.samplerStats = stats;
      },
      message: (level, code, text) => {
        events.report('sampler_message', { samplerLevel: level, code, text });
      },
      bye: () => undefined,
      trouble: (sentence) => {
        events.report('stream_damaged', { sentence });
      },
    };
  }

  private handOn(window: SealedWindow): void {
    if (this.rateHz === undefined) {
      this.options.events.report('rate_unknown');
      this.rateHz = DEFAULT_RATE_HZ;
    }
    this.options.onProfile({
      type: this.type,
      periodNanos: Math.max(1, Math.floor(1e9 / this.rateHz)),
      timeNanos: BigInt(window.startMs) * 1_000_000n,
      durationNanos: BigInt(Math.max(1, window.endMs - window.startMs)) * 1_000_000n,
      tables: window.tables,
      labelSets: window.labelSets,
      rows: window.rows,
    });
  }
}
