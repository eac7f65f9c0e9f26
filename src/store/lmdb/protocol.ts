// What the store's threads say to one another.
import type { StoreErrorCode } from '../store.ts';
import type { UpkeepNews } from '../upkeep-news.ts';
import type { Retention } from './upkeep.ts';

export interface WorkerOptions {
  readonly role: 'writer' | 'reader';
  readonly dir: string;
  readonly cacheBytes: number;
  readonly segmentBytes: number;
  readonly maxRawBytes: number | undefined;
  readonly retention: Retention;
  readonly upkeepMs: number;
  /** Without an answer for so long, the thread counts as stalled. */
  readonly stallMs: number;
  /** Of its memory for objects; undefined: what V8 takes for right on this machine. */
  readonly heapMb: number | undefined;
  /** Of its memory; a writer that has used more begins no transaction. */
  readonly heapShare: number;
  readonly reserveBytes: number;
  /** The name of the one who may write. */
  readonly owner: string;
  /** A writer that follows a dead one is not to take the store back from another process. */
  readonly isFirst: boolean;
  /** Of `Abandonments`. */
  readonly abandoned: SharedArrayBuffer;
}

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The first one has the id 0 and says that the thread is ready. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly code: StoreErrorCode; readonly message: string; readonly cause: string };

/** What nobody asked for. */
export interface Note {
  readonly note: UpkeepNews;
}
