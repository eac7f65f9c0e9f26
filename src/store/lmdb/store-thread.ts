// A thread of the store that comes back when it dies. What it was asked then fails; later calls wait for its successor.
import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../store.ts';
import type { LinkOptions, Result, SendOptions } from './worker-link.ts';
import { WorkerLink } from './worker-link.ts';
import type { Methods } from './store-worker.ts';

/** Before the second start in a row; the first one comes at once. Doubles with every further one. */
const PAUSE_MS = 250;
const MAX_PAUSE_MS = 8_000;
/** A thread that lived for so long did not die of its start. */
const STEADY_MS = 60_000;

export interface ThreadOptions extends Omit<LinkOptions, 'thread' | 'onEnd'> {
  readonly thread: Omit<LinkOptions['thread'], 'isFirst'>;
}

interface Life {
  /** Undefined until it has begun. */
  link: WorkerLink | undefined;
  /** Its start, as `performance.now` counts. */
  readonly atMs: number;
}

export class StoreThread {
  private readonly options: ThreadOptions;
  private readonly closing = new AbortController();
  private link: Promise<WorkerLink>;
  private deaths = 0;

  private constructor(options: ThreadOptions) {
    this.options = options;
    this.link = this.begin(true);
  }

  /** Throws StoreError where the store cannot be opened. */
  static async start(options: ThreadOptions): Promise<StoreThread> {
    const thread = new StoreThread(options);
    await thread.link;
    return thread;
  }

  /** Rejects with StoreError. */
  async send<Name extends keyof Methods>(
    method: Name,
    args: Parameters<Methods[Name]>,
    options?: SendOptions,
  ): Promise<Result<Name>> {
    const link = await this.link;
    return link.send(method, args, options);
  }

  /** Calls that came before are answered first, and `last`. None is taken afterwards; a thread that is dead stays so. */
  async close(last?: 'finish'): Promise<void> {
    this.closing.abort();
    const link = await this.link.catch(() => undefined);
    // It may die of it: then there is nothing to end any more.
    if (last !== undefined) await link?.send(last, []).catch(() => undefined);
    await link?.close();
  }

  private async begin(isFirst: boolean): Promise<WorkerLink> {
    const life: Life = { link: undefined, atMs: performance.now() };
    life.link = await WorkerLink.start({
      ...this.options,
      thread: { ...this.options.thread, isFirst },
      onEnd: (reason) => {
        // One that has not begun is seen by whoever waits for it.
        if (life.link === undefined || this.closing.signal.aborted) return;
        if (performance.now() - life.atMs > STEADY_MS) this.deaths = 0;
        this.startAgain('thread_ended', reason, life.link.exited);
      },
    });
    return life.link;
  }

  private startAgain(kind: 'thread_ended' | 'thread_failed', reason: string, isGone: Promise<void>): void {
    const pauseMs = this.deaths === 0 ? 0 : Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** (this.deaths - 1));
    this.deaths += 1;
    const { onNews, thread } = this.options;
    onNews({ kind, role: thread.role, reason, pauseMs });
    const next = this.beginAfter(isGone, pauseMs);
    this.link = next;
    next.catch((error: unknown) => {
      // Who waited for it is told so; later calls wait for the next one.
      if (!this.closing.signal.aborted) this.startAgain('thread_failed', (error as Error).message, isGone);
    });
  }

  private async beginAfter(isGone: Promise<void>, pauseMs: number): Promise<WorkerLink> {
    const { signal } = this.closing;
    // Only then has the dead one let go of the file.
    await isGone;
    if (pauseMs > 0) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) throw new StoreError('unavailable', 'The store is closed.');
    const link = await this.begin(false);
    this.options.onNews({ kind: 'thread_restarted', role: this.options.thread.role });
    return link;
  }
}
