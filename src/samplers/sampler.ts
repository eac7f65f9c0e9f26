// What a bridge knows about its sampler before it starts: the program, its arguments, its rate and dialect.
import type { ProfileType } from '../model/profile.ts';

export interface SamplerPlan {
  /** The name as the user wrote it, for messages. */
  readonly name: string;
  readonly kind: 'bundled' | 'phpspy' | 'outside';
  readonly program: string;
  readonly args: readonly string[];
  /** Samples per second and process, as the arguments say; undefined where they don't. */
  readonly rateHz: number | undefined;
  readonly dialect: 'auto' | 'phpspy' | 'folded' | 'stream';
  readonly type: ProfileType;
  /** Doubtful arguments that don't prevent the start: a sentence each. */
  readonly warnings: readonly string[];
}

/** phpspy's and the bundled sampler's rate where none is given. */
export const DEFAULT_RATE_HZ = 99;
