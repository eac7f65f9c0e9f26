// Calls to a thread of the store and its answers, as long as the thread lives.
import { Worker } from 'node:worker_threads';
import { abandoned, StoreError } from '../store.ts';
import { Abandonments } from './abandonments.ts';
import type { StoreNews } from '../upkeep-news.ts';
import type { Answer, Call, Note, WorkerOptions } from './protocol.ts';
import { StallWatch } from './stall-watch.ts';
import type { Methods } from './store-worker.ts';

/** The thread's file has this name beside this one, in the sources as in the bundle. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './store-worker.ts' : './store-worker.js',
  import.meta.url,
);

export type Result<Name extends keyof Methods> = Awaited<ReturnType<Methods[Name]>>;

export interface LinkOptions {
  readonly thread: Omit<WorkerOptions, 'abandoned'>;
  /** The file of the thread, where it is not beside this one. */
  readonly file?: URL | undefined;
  /** What the thread tells unasked. */
  readonly onNews: (news: StoreNews) => void;
  /** It has died, or ended as it was told to: nothing will be answered any more. */
  readonly onEnd: (reason: string) => void;
}

/** Beside the arguments of a call. */
export interface SendOptions {
  /** These move to the thread: they are empty here afterwards. */
  readonly transfers?: readonly ArrayBuffer[];
  /** When it aborts, the call fails and the thread drops it, also while it works on it. */
  readonly signal?: AbortSignal | undefined;
}

/** The id of what is answered without a question. */
const OPENING = 0;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerLink {
  /** The thread is gone, with all that it held. */
  readonly exited: Promise<void>;
  private readonly worker: Worker;
  private readonly onEnd: (reason: string) => void;
  private readonly waiting = new Map<number, Waiting>();
  private readonly abandonments = new Abandonments();
  private readonly watch: StallWatch;
  private calls = 0;
  private isClosing = false;
  private end: StoreError | undefined;

  private constructor({ thread, file = WORKER, onNews, onEnd }: LinkOptions) {
    this.onEnd = onEnd;
    this.watch = new StallWatch({ ...thread, onNews });
    const workerData: WorkerOptions = { ...thread, abandoned: this.abandonments.memory };
    this.worker = new Worker(file, {
      ...{ name: `store-${thread.role}`, workerData },
      resourceLimits: thread.heapMb === undefined ? {} : { maxOldGenerationSizeMb: thread.heapMb },
    });
    this.worker.on('message', (message: Answer | Note) => {
      if ('note' in message) onNews(message.note);
      else this.settle(message);
    });
    this.worker.on('error', (error) => {
      this.fail(error);
    });
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        this.fail(new Error(`it ended with code ${code}`));
        resolve();
      });
    });
  }

  /** Throws StoreError where the store cannot be opened. */
  static async start(options: LinkOptions): Promise<WorkerLink> {
    const link = new WorkerLink(options);
    const ready = new Promise<void>((resolve, reject) => {
      link.waiting.set(OPENING, { resolve, reject });
    });
    try {
      await ready;
      return link;
    } catch (error) {
      const { cause } = error as Error;
      const reason = cause instanceof Error ? cause.message : 'its thread has ended';
      throw new StoreError(
        'unavailable',
        `The store in ${options.thread.dir} cannot be opened: ${reason}`,
        cause,
      );
    }
  }

  /** Rejects with StoreError. */
  send<Name extends keyof Methods>(
    method: Name,
    args: Parameters<Methods[Name]>,
    { transfers = [], signal }: SendOptions = {},
  ): Promise<Result<Name>> {
    if (this.end !== undefined) return Promise.reject(this.end);
    if (signal?.aborted === true) return Promise.reject(abandoned());
    const id = ++this.calls;
    const answer = new Promise<Result<Name>>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.watch.asked();
      this.worker.postMessage({ id, method, args } satisfies Call, [...transfers]);
    });
    return signal === undefined ? answer : this.until(signal, id, answer);
  }

  /** Calls that came before are answered first. */
  async close(): Promise<void> {
    this.isClosing = true;
    // One that dies meanwhile is closed as well.
    await this.send('close', []).catch(() => undefined);
    await this.exited;
  }

  private async until<Name extends keyof Methods>(
    signal: AbortSignal,
    id: number,
    answer: Promise<Result<Name>>,
  ): Promise<Result<Name>> {
    const abandon = (): void => {
      this.abandonments.add(id);
      this.waiting.get(id)?.reject(abandoned());
      this.waiting.delete(id);
    };
    signal.addEventListener('abort', abandon, { once: true });
    try {
      return await answer;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.id !== OPENING) this.watch.answered();
    if ('result' in answer) waiting?.resolve(answer.result as never);
    else waiting?.reject(new StoreError(answer.code, answer.message, answer.cause));
  }

  private fail(cause: Error): void {
    if (this.end !== undefined) return;
    this.watch.close();
    const sentence = this.isClosing
      ? 'The store is closed.'
      : 'A thread of the store has ended before its answer; it is started again.';
    this.end = new StoreError('unavailable', sentence, cause);
    for (const { reject } of this.waiting.values()) reject(this.end);
    this.waiting.clear();
    this.onEnd(cause.message);
  }
}
