// What a case is: something to sample, and one program's figures of it, run by run.
import type { CallCounter } from './call-counter.ts';
import type { Place } from './place.ts';
import type { Program } from './program.ts';

/** By name, with the unit in it; NaN where it could not be measured. */
export type Figures = Readonly<Record<string, number>>;

export interface Surroundings {
  readonly place: Place;
  readonly counter: CallCounter | undefined;
  /** Of what is looked at in the middle of a run. */
  readonly windowMs: number;
}

export interface Stage {
  measure(program: Program): Promise<Figures>;
  stop(): Promise<unknown>;
}

export interface Case {
  readonly name: string;
  /** Alternated runs at most: what is counted needs fewer than what is timed. */
  readonly roundsMax: number;
  /** Whether the peer runs it, too. */
  readonly isShared: boolean;
  start(surroundings: Surroundings): Promise<Stage>;
}
