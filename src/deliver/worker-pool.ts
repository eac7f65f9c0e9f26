// N workers between the queue and the destination: pace, try, retry, split, give up. One of the three places that catch.
import { setMaxListeners } from 'node:events';
import type { Batch } from '../model/batch.ts';
import { startDeadline } from '../model/deadline.ts';
import type { DropReason } from '../model/sample-sink.ts';
import type { Destination } from './destination.ts';
import { Gate } from './gate.ts';
import type { Limiter } from './limiter.ts';
import type { Outcome } from './outcome.ts';

/** Pyroscope takes profiles up to an hour old; some minutes are left for clocks that differ. */
export const LONGEST_AGE_MS = 55 * 60_000;
/** Requests that may be spent to find the poisoned rows of one batch. */
export const BISECT_REQUESTS = 64;
const MAX_BUDGETS = 4_096;
const STOP_PATIENCE_MS = 2_000;

/** The queue as workers see it. */
export interface BatchSource {
  /** The oldest batch, once there is one; undefined after an abort. */
  take(signal: AbortSignal): Promise<Batch | undefined>;
  putBack(batches: readonly Batch[]): void;
  /** The fate of a taken batch is decided and counted. */
  settle(batch: Batch): Promise<void>;
  /** Parts take the place of a taken batch. */
  replace(whole: Batch, parts: readonly Batch[]): Promise<void>;
}

export type SplitHow = 'halves' | 'labels';

export interface WorkerPoolEvents {
  delivered(batch: Batch, tookMs: number): void;
  /** The batch's fate is decided: its samples are lost. */
  dropped(batch: Batch, reason: DropReason, detail: string): void;
  retrying(batch: Batch, reason: string, waitMs: number): void;
  split(batch: Batch, parts: readonly Batch[], reason: string): void;
}

export interface WorkerPoolOptions {
  readonly workers: number;
  readonly source: BatchSource;
  readonly destination: Destination;
  readonly limiter: Limiter;
  readonly events: WorkerPoolEvents;
  /** Parts with times of their own; undefined where there is nothing to split. Throws where the body can't be read. */
  readonly split: (batch: Batch, how: SplitHow) => readonly Batch[] | undefined;
  readonly gate?: Gate;
  /** Batches that are older are dropped; else LONGEST_AGE_MS. */
  readonly longestAgeMs?: number | undefined;
}

export class WorkerPool {
  private readonly options: WorkerPoolOptions;
  private readonly gate: Gate;
  /** Requests left to bisect, by batch id; parts share the budget of their whole. */
  private readonly budgets = new Map<string, { left: number }>();
  private running: Promise<unknown> = Promise.resolve();
  private readonly giveUp = new AbortController();

  constructor(options: WorkerPoolOptions) {
    this.options = options;
    // Each worker waits on it; more than ten are no leak.
    setMaxListeners(0, this.giveUp.signal);
    this.gate = options.gate ?? new Gate();
  }

  /** Since when every attempt has failed, UNIX ms; undefined while they pass. */
  get failingSinceMs(): number | undefined {
    return this.gate.closedSinceMs;
  }

  start(): void {
    this.running = Promise.all(Array.from({ length: this.options.workers }, () => this.work()));
  }

  /** Ends waits and attempts at once; what was in them is back in the queue when this settles, or still counts as taken. */
  async stop(): Promise<void> {
    this.giveUp.abort();
    this.options.limiter.stop();
    // An attempt that ignores its signal must not keep the program from ending.
    const patience = startDeadline(STOP_PATIENCE_MS);
    const passed = new Promise((resolve) => {
      patience.signal.addEventListener('abort', resolve, { once: true });
    });
    await Promise.race([this.running, passed]);
    patience.cancel();
  }

  private async work(): Promise<void> {
    const { source } = this.options;
    for (;;) {
      const batch = await source.take(this.giveUp.signal);
      if (batch === undefined) return;
      await this.handle(batch);
    }
  }

  private async handle(batch: Batch): Promise<void> {
    const { source, limiter } = this.options;
    const { signal } = this.giveUp;
    await this.gate.pass(signal);
    await limiter.take(batch.rawBytes, signal);
    if (signal.aborted) {
      source.putBack([batch]);
      return;
    }
    const { longestAgeMs = LONGEST_AGE_MS } = this.options;
    if (Date.now() - Number(batch.timeNanos / 1_000_000n) > longestAgeMs) {
      this.gate.leave();
      await this.drop(batch, 'expired', 'older than the server takes');
      return;
    }
    const startedAt = performance.now();
    await this.settle(batch, await this.attempt(batch), performance.now() - startedAt);
  }

  private async drop(batch: Batch, reason: DropReason, detail: string): Promise<void> {
    this.options.events.dropped(batch, reason, detail);
    await this.options.source.settle(batch);
  }

  private async attempt(batch: Batch): Promise<Outcome> {
    try {
      return await this.options.destination.deliver(batch, this.giveUp.signal);
    } catch (error) {
      // A defect of ours must neither end the worker nor lose the batch silently.
      return { kind: 'rejected', status: 0, reason: String(error) };
    }
  }

  private async settle(batch: Batch, outcome: Outcome, tookMs: number): Promise<void> {
    const { source, events } = this.options;
    switch (outcome.kind) {
      case 'delivered':
        this.gate.succeeded();
        events.delivered(batch, tookMs);
        this.budgets.delete(batch.id);
        await source.settle(batch);
        break;
      case 'retry':
        source.putBack([batch]);
        events.retrying(batch, outcome.reason, this.gate.failed(outcome.afterMs));
        break;
      case 'refused':
        source.putBack([batch]);
        events.retrying(batch, outcome.reason, this.gate.failed());
        break;
      case 'too_large':
        this.gate.succeeded();
        await this.splitOrDrop(batch, 'too_large', outcome.reason);
        break;
      case 'too_varied':
        this.gate.leave();
        await this.splitByLabels(batch);
        break;
      case 'rejected':
        this.gate.succeeded();
        await this.splitOrDrop(batch, 'rejected', `${outcome.status}: ${outcome.reason}`);
        break;
    }
  }

  /** Halves are tried on their own, so that rows that can't be delivered cost themselves and not their batch. */
  private async splitOrDrop(batch: Batch, reason: 'too_large' | 'rejected', detail: string): Promise<void> {
    const budget = this.budgets.get(batch.id) ?? { left: BISECT_REQUESTS };
    this.budgets.delete(batch.id);
    // Too large ends by itself at one row; a refusal may concern every row, and then the search must end.
    const parts = reason === 'too_large' || budget.left >= 2 ? this.splitSafely(batch, 'halves') : undefined;
    if (parts === undefined) {
      await this.drop(batch, reason, detail);
      return;
    }
    if (reason === 'rejected') budget.left -= 2;
    for (const part of parts) this.budgets.set(part.id, budget);
    // Parts that had to leave a full queue never come back for theirs.
    for (const id of this.budgets.keys()) if (this.budgets.size > MAX_BUDGETS) this.budgets.delete(id);
    await this.replace(batch, parts, detail);
  }

  private async splitByLabels(batch: Batch): Promise<void> {
    const parts = this.splitSafely(batch, 'labels');
    if (parts === undefined)
      await this.drop(batch, 'encode_failed', 'its label sets could not be told apart');
    else await this.replace(batch, parts, 'one request per label set');
  }

  private async replace(batch: Batch, parts: readonly Batch[], reason: string): Promise<void> {
    this.options.events.split(batch, parts, reason);
    await this.options.source.replace(batch, parts);
  }

  private splitSafely(batch: Batch, how: SplitHow): readonly Batch[] | undefined {
    try {
      return this.options.split(batch, how);
    } catch {
      // A body that can't be read can't be split; the caller drops and counts it with the server's own reason.
      return undefined;
    }
  }
}
