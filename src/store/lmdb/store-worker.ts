// A thread of the embedded store: the writer or a reader. Its file has to be one of its own in the bundle, too.
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import type { Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type { ListOptions, MergeSource } from '../store.ts';
import { abandoned, StoreError } from '../store.ts';
import type { UpkeepNews } from '../upkeep-news.ts';
import { Abandonments } from './abandonments.ts';
import type { Environment } from './environment.ts';
import { openEnvironment } from './environment.ts';
import type { PointsQuery } from './points.ts';
import type { Answer, Call, Note, WorkerOptions } from './protocol.ts';
import { Reader } from './reader.ts';
import { Upkeep } from './upkeep.ts';
import { Writer } from './writer.ts';

type Method = (...args: never[]) => unknown;

function writerMethods(environment: Environment, options: WorkerOptions, onNews: (news: UpkeepNews) => void) {
  const writer = new Writer(environment, options);
  const upkeep = new Upkeep(writer, { ...options, onNews });
  return {
    /** What came before is done; nothing may be asked for any more. */
    finish: async () => {
      await upkeep.close();
      await writer.drain();
    },
    retain: (nowNanos: bigint) => upkeep.retain(nowNanos),
    rollUp: (beforeNanos: bigint) => upkeep.rollUp(beforeNanos),
    expire: (beforeNanos: bigint) => upkeep.expire(beforeNanos),
    write: (upload: Upload, now: bigint) => writer.write(upload, now),
    delete: (tenant: string, what: { id: string } | { selector: Selector }) => writer.delete(tenant, what),
  };
}

function readerMethods(environment: Environment, { cacheBytes }: WorkerOptions, heed: () => void) {
  const reader = new Reader(environment, cacheBytes, heed);
  const query = <Result>(work: () => Result): Result => reader.query(work);
  return {
    list: (selector: Selector, options: ListOptions) => query(() => reader.list(selector, options)),
    read: (tenant: string, id: string) => query(() => reader.read(tenant, id)),
    merge: (source: MergeSource, labels: boolean) => query(() => reader.merge(source, labels)),
    series: (selector: Selector, names?: readonly string[]) => query(() => reader.series(selector, names)),
    points: (points: PointsQuery) => query(() => reader.points(points)),
    services: (tenant: string) => query(() => reader.services(tenant)),
    statistics: (tenant: string) => query(() => reader.statistics(tenant)),
  };
}

/** What can be asked of a thread: each role has its own. */
export type Methods = ReturnType<typeof writerMethods> &
  ReturnType<typeof readerMethods> & { close: () => Promise<void> };

async function answer(
  methods: Readonly<Record<string, Method>>,
  { id, method, args }: Call,
): Promise<Answer> {
  try {
    return { id, result: await methods[method]!(...(args as never[])) };
  } catch (error) {
    const { message, cause } = error as Error;
    if (error instanceof StoreError) return { id, code: error.code, message, cause: causeText(cause) };
    return { id, code: 'broken', message: 'The store failed.', cause: message };
  }
}

/** Errors don't pass between threads as they are. */
function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : '';
}

function serve(port: MessagePort, options: WorkerOptions): void {
  const environment = openEnvironment(options.dir);
  const abandonments = new Abandonments(options.abandoned);
  /** Queries never wait: it is the one that runs. */
  let asked = 0;
  const heed = (): void => {
    if (abandonments.has(asked)) throw abandoned();
  };
  const onNews = (note: UpkeepNews): void => {
    port.postMessage({ note } satisfies Note);
  };
  const methods: Record<string, Method> = {
    ...(options.role === 'writer'
      ? writerMethods(environment, options, onNews)
      : readerMethods(environment, options, heed)),
    close: async () => {
      await environment.root.close();
      // After the answer: nothing else keeps the thread.
      setImmediate(() => {
        port.close();
      });
    },
  };
  port.on('message', (call: Call) => {
    asked = call.id;
    void answer(methods, call).then((reply) => {
      port.postMessage(reply, transfersOf(reply));
    });
  });
  port.postMessage({ id: 0, result: undefined } satisfies Answer);
}

/** A body has its memory to itself; it moves instead of being copied. */
function transfersOf(reply: Answer): ArrayBuffer[] {
  const result =
    'result' in reply ? (reply.result as { body?: Uint8Array<ArrayBuffer> } | undefined) : undefined;
  return result?.body === undefined ? [] : [result.body.buffer];
}

serve(parentPort!, workerData as WorkerOptions);
