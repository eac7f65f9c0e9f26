// Takes the samples of a parser, asks for their labels, and folds them into the open window.
import type { LabelResolver } from '../model/label-resolver.ts';
import { FILTERED, ROOTLESS } from '../model/label-resolver.ts';
import type { Labels } from '../model/labels.ts';
import type { ProfileRows } from '../model/profile.ts';
import type { DropReason, Epoch, SampleSink } from '../model/sample-sink.ts';
import type { StackTables } from '../model/stack-tables.ts';
import type { Ledger } from '../observe/ledger.ts';
import { Window } from './window.ts';

export interface SealedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly tables: StackTables;
  readonly labelSets: readonly Labels[];
  /** Valid only during the call that hands it over: the window is used again. */
  readonly rows: ProfileRows;
  readonly samples: number;
}

export interface IntakeOptions {
  readonly resolver: LabelResolver;
  readonly wantedMetaKeys: ReadonlySet<string>;
  readonly ledger: Ledger;
  /** Must have used the rows when it returns. Never called with an empty window. */
  readonly onSealed: (window: SealedWindow) => void;
  readonly now?: () => number;
}

export class Intake implements SampleSink {
  wantedMetaKeys: ReadonlySet<string>;
  /** UNIX time of the last sample, ms; 0 before the first. */
  lastSampleMs = 0;
  private readonly options: IntakeOptions;
  private resolver: LabelResolver;
  private readonly now: () => number;
  private readonly window = new Window();
  private epoch: Epoch | undefined;
  private windowStartMs: number;

  constructor(options: IntakeOptions) {
    this.options = options;
    this.wantedMetaKeys = options.wantedMetaKeys;
    this.resolver = options.resolver;
    this.now = options.now ?? Date.now;
    this.windowStartMs = this.now();
  }

  /** Samples in the open window. */
  get pending(): number {
    return this.window.samples;
  }

  /** From now on samples get other labels. The parser must start an epoch before its next sample. */
  relabel(resolver: LabelResolver, wantedMetaKeys: ReadonlySet<string>): void {
    this.seal();
    this.epoch = undefined;
    this.resolver = resolver;
    this.wantedMetaKeys = wantedMetaKeys;
  }

  startEpoch(epoch: Epoch): void {
    this.seal();
    this.epoch = epoch;
    this.resolver.startEpoch(epoch, this.now());
  }

  take(stack: number, meta: number, weight: number): void {
    const { resolver } = this;
    const { ledger } = this.options;
    ledger.receive(weight);
    // Before the sample is asked about: labels may depend on what else is in its window.
    if (this.window.isFull) this.seal();
    const set = resolver.resolve(stack, meta, weight);
    if (set === FILTERED) ledger.filter(weight);
    else if (set === ROOTLESS) ledger.drop('rootless', weight);
    else this.window.add(set, stack, weight);
  }

  drop(reason: DropReason, samples: number): void {
    this.options.ledger.receive(samples);
    this.options.ledger.drop(reason, samples);
  }

  /** Closes the open window, if anything is in it, and opens the next. */
  seal(): void {
    const endMs = this.now();
    const { window, epoch } = this;
    if (window.length > 0 && epoch !== undefined) {
      this.lastSampleMs = endMs;
      this.options.onSealed({
        startMs: this.windowStartMs,
        endMs,
        tables: epoch.tables,
        labelSets: this.resolver.labelSets,
        rows: window,
        samples: window.samples,
      });
      window.clear();
      this.resolver.startWindow?.();
    }
    this.windowStartMs = endMs;
  }
}
