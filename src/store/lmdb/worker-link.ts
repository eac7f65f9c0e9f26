// Calls to a thread of the store and its answers.
import { Worker } from 'node:worker_threads';
import { StoreError } from '../store.ts';
import type { Answer, Call, WorkerOptions } from './protocol.ts';
import type { Methods } from './store-worker.ts';

/** The thread's file has this name beside this one, in the sources as in the bundle. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './store-worker.ts' : './store-worker.js',
  import.meta.url,
);

type Result<Name extends keyof Methods> = Promise<Awaited<ReturnType<Methods[Name]>>>;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerLink {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly exited: Promise<void>;
  private calls = 0;
  private end: StoreError | undefined;

  private constructor(options: WorkerOptions, file: URL) {
    this.worker = new Worker(file, { name: `store-${options.role}`, workerData: options });
    this.worker.on('message', (answer: Answer) => {
      this.settle(answer);
    });
    this.worker.on('error', (error) => {
      this.fail(error);
    });
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', () => {
        this.fail(undefined);
        resolve();
      });
    });
  }

  /** Throws StoreError where the store cannot be opened. */
  static async start(options: WorkerOptions, file: URL = WORKER): Promise<WorkerLink> {
    const link = new WorkerLink(options, file);
    const ready = new Promise<void>((resolve, reject) => {
      link.waiting.set(0, { resolve, reject });
    });
    try {
      await ready;
      return link;
    } catch (error) {
      const { cause } = error as Error;
      const reason = cause instanceof Error ? cause.message : 'its thread has ended';
      throw new StoreError('unavailable', `The store in ${options.dir} cannot be opened: ${reason}`, cause);
    }
  }

  /** Rejects with StoreError. */
  call<Name extends keyof Methods>(method: Name, ...args: Parameters<Methods[Name]>): Result<Name> {
    return this.send(method, args, []);
  }

  /** `transfers` move to the thread: they are empty here afterwards. */
  send<Name extends keyof Methods>(
    method: Name,
    args: Parameters<Methods[Name]>,
    transfers: readonly ArrayBuffer[],
  ): Result<Name> {
    if (this.end !== undefined) return Promise.reject(this.end);
    const id = ++this.calls;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, args } satisfies Call, [...transfers]);
    });
  }

  /** Calls that came before are answered first. */
  async close(): Promise<void> {
    if (this.end === undefined) await this.call('close');
    await this.exited;
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('result' in answer) waiting?.resolve(answer.result as never);
    else waiting?.reject(new StoreError(answer.code, answer.message, answer.cause));
  }

  private fail(cause: unknown): void {
    this.end ??= new StoreError('unavailable', 'The store has ended.', cause);
    for (const { reject } of this.waiting.values()) reject(this.end);
    this.waiting.clear();
  }
}
