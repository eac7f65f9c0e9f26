// How collecting asks for the labels of a sample without knowing where they come from.
import type { Labels } from './labels.ts';
import type { Epoch } from './sample-sink.ts';

/** Answers of `resolve` that are not label sets. */
export const FILTERED = -1;
export const ROOTLESS = -2;

export interface LabelResolver {
  /** The label sets of this epoch by number. */
  readonly labelSets: readonly Labels[];
  startEpoch(epoch: Epoch, nowMs: number): void;
  /** The open window was sealed: what is bounded per window starts over. */
  startWindow?(): void;
  /** Number of the label set of `weight` samples, or FILTERED, or ROOTLESS. */
  resolve(stack: number, meta: number, weight: number): number;
}
