// A store that gets what another one has taken: later, in order, and again until it takes it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import type { Upload } from './profile.ts';
import type { Selector } from './selector.ts';
import type { ProfileStore } from './store.ts';
import { StoreError } from './store.ts';

/** The body is read from the first store when its turn comes: what waits is small. */
export type FollowerTask =
  | { readonly upload: Omit<Upload, 'body'> & { readonly id: string } }
  | { readonly tenant: string; readonly what: { readonly id: string } | { readonly selector: Selector } };

export interface FollowerTrouble {
  /** As the user named it: s3, clickhouse... */
  readonly follower: string;
  readonly error: unknown;
  /** Tasks that wait. */
  readonly waiting: number;
  /** Tasks that this trouble has cost; 0 where it will be tried again. */
  readonly lost: number;
}

export interface FollowerOptions {
  readonly name: string;
  readonly report: (trouble: FollowerTrouble) => void;
  /** Tasks that may wait; what is over that is lost, counted and reported. */
  readonly maxWaiting?: number;
  /** After the first failure; doubles with each further one, up to `maxPauseMs`. */
  readonly pauseMs?: number;
  readonly maxPauseMs?: number;
}

/** Some 50 MB where labels are as usual. */
export const MAX_WAITING = 100_000;
const PAUSE_MS = 500;
const MAX_PAUSE_MS = 60_000;
/** Writes under way at once. Deletions wait for all before them, and all behind wait for them. */
const WIDTH = 8;

type Outcome = 'done' | 'again';

export class Follower {
  /** Since the start; for metrics. `gone` is what was deleted before its turn came. */
  readonly counts = { written: 0, deleted: 0, retries: 0, gone: 0, lost: 0 };
  private readonly first: ProfileStore;
  private readonly store: ProfileStore;
  private readonly options: Required<FollowerOptions>;
  private readonly waiting: FollowerTask[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(first: ProfileStore, store: ProfileStore, options: FollowerOptions) {
    this.first = first;
    this.store = store;
    this.options = { maxWaiting: MAX_WAITING, pauseMs: PAUSE_MS, maxPauseMs: MAX_PAUSE_MS, ...options };
  }

  give(task: FollowerTask): void {
    if (this.waiting.length >= this.options.maxWaiting || this.stopping.signal.aborted) {
      this.lose(1, new StoreError('full', `Too much waits for ${this.options.name}.`));
      return;
    }
    this.waiting.push(task);
    this.running ??= this.run();
  }

  /** Of itself, and of the store that follows. */
  figures(): readonly Figure[] {
    const labels = { storage: this.options.name };
    const { written, gone, lost, retries } = this.counts;
    const outcomes = Object.entries({ written, gone, lost });
    return [
      ...outcomes.map(([outcome, value]): Figure => ({
        name: 'follower_profiles_total',
        labels: { ...labels, outcome },
        value,
      })),
      { name: 'follower_retries_total', labels, value: retries },
      { name: 'follower_waiting', labels, value: this.waiting.length },
      ...(this.store.figures?.() ?? []),
    ];
  }

  /** Resolves when nothing waits any more, or it was stopped. */
  async settle(): Promise<void> {
    await this.running;
  }

  /** Gives it so long to take what waits; the rest is lost, counted and reported. Closes the store. */
  async close(deadlineMs: number): Promise<void> {
    const deadline = new AbortController();
    const late = pause(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    await Promise.race([this.settle(), late]);
    deadline.abort();
    this.stopping.abort();
    // What is under way fails now, if it has not ended.
    await this.store.close();
    await this.settle();
    if (this.waiting.length === 0) return;
    this.lose(
      this.waiting.length,
      new StoreError('unavailable', `${this.options.name} took no more in time.`),
    );
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (this.waiting.length > 0 && !this.stopping.signal.aborted) {
      const batch = this.waiting.splice(0, this.batchLength());
      const outcomes = await Promise.all(batch.map((task) => this.attempt(task)));
      const failed = batch.filter((_, i) => outcomes[i] === 'again');
      this.waiting.unshift(...failed);
      failures = failed.length === 0 ? 0 : failures + 1;
      if (failures > 0) await this.wait(failures);
    }
    this.running = undefined;
  }

  /** Writes up to a deletion, or one deletion. */
  private batchLength(): number {
    const place = this.waiting.slice(0, WIDTH).findIndex((task) => !('upload' in task));
    return place < 0 ? WIDTH : Math.max(1, place);
  }

  private async attempt(task: FollowerTask): Promise<Outcome> {
    try {
      await ('upload' in task ? this.write(task.upload) : this.delete(task));
    } catch (error) {
      if (!isFinal(error)) {
        this.counts.retries += 1;
        const { name: follower, report } = this.options;
        report({ follower, error, waiting: this.waiting.length + 1, lost: 0 });
        return 'again';
      }
      this.lose(1, error);
    }
    return 'done';
  }

  private async write(upload: Omit<Upload, 'body'> & { readonly id: string }): Promise<void> {
    const found = await this.first.read(upload.tenant, upload.id);
    if (found === undefined) {
      this.counts.gone += 1;
      return;
    }
    await this.store.write({ ...upload, body: found.body });
    this.counts.written += 1;
  }

  private async delete({ tenant, what }: Exclude<FollowerTask, { upload: unknown }>): Promise<void> {
    this.counts.deleted += await this.store.delete(tenant, what);
  }

  private lose(lost: number, error: unknown): void {
    this.counts.lost += lost;
    const { name: follower, report } = this.options;
    report({ follower, error, waiting: this.waiting.length, lost });
  }

  private async wait(failures: number): Promise<void> {
    const { pauseMs, maxPauseMs } = this.options;
    const ms = Math.min(maxPauseMs, pauseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
    await pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

/** What no further attempt will change. */
function isFinal(error: unknown): boolean {
  return error instanceof StoreError && error.code !== 'unavailable' && error.code !== 'full';
}
