// Where parsers hand their samples: ids only, so that a sample that was seen before costs a look-up.
import type { StackTables } from './stack-tables.ts';

/** A fact about a sample, with the keys of phpspy's text: `glopeek server.REQUEST_URI`, `uri`, `pid`... */
export type Meta = readonly [key: string, value: string];

/** Why a sample that the sampler printed does not reach a server. The names appear in metrics and logs. */
export type DropReason =
  | 'torn'
  | 'too_long'
  | 'too_deep'
  | 'malformed'
  | 'rootless'
  | 'queue_full'
  | 'spool_full'
  | 'spool_damaged'
  | 'expired'
  | 'rejected'
  | 'too_large'
  | 'encode_failed'
  | 'shutdown';

/** One parser's vocabulary: dense ids, valid until the next `startEpoch`. */
export interface Epoch {
  readonly tables: StackTables;
  /** Facts by meta id; id 0 is always the empty list. Only wanted keys; of a repeated key the last. */
  readonly metas: readonly (readonly Meta[])[];
}

export interface SampleSink {
  /** Keys that any tag needs. Parsers leave out every other fact, so that per-sample ones don't spoil caches. */
  readonly wantedMetaKeys: ReadonlySet<string>;
  /** Called before the first sample and whenever the parser's tables are full; older ids are dead after it. */
  startEpoch(epoch: Epoch): void;
  /** `weight` samples (usually 1) of a stack with a meta. */
  take(stack: number, meta: number, weight: number): void;
  /** Samples that were printed but can't be used. */
  drop(reason: DropReason, samples: number): void;
}
