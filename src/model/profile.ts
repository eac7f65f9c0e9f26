// A profile as formats see it: which stacks were seen how often, under which labels, in which span of time.
import type { Labels } from './labels.ts';
import type { StackTables } from './stack-tables.ts';

/** What a sample stands for: wall-clock time (phpspy-like samplers) or CPU time. */
export type ProfileType = 'wall' | 'cpu';

export interface Profile {
  readonly type: ProfileType;
  /** Nanoseconds that one sample stands for: floor(1e9 / rate), as Pyroscope scales. */
  readonly periodNanos: number;
  /** UNIX time of the start, nanoseconds. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly tables: StackTables;
  /** The distinct label sets; rows name them by index. */
  readonly labelSets: readonly Labels[];
  readonly rows: ProfileRows;
}

/** Columns of equal length `length` (the arrays may be longer). A (stack, labelSet) pair occurs once. */
export interface ProfileRows {
  readonly length: number;
  /** Stack id in `tables`. */
  readonly stacks: ArrayLike<number>;
  /** Index in `labelSets`. */
  readonly labelSets: ArrayLike<number>;
  /** How many samples, > 0. */
  readonly counts: ArrayLike<number>;
}
