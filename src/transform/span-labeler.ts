// Adds the span of a sample to its label set. It stands before the labeler of tags only where span labels are wanted: without them
// no sample passes here. A sample of a request that was seen before costs some array reads more.
import type { LabelResolver } from '../model/label-resolver.ts';
import type { Label, Labels } from '../model/labels.ts';
import type { Epoch, Meta } from '../model/sample-sink.ts';
import type { SpanTally } from '../observe/span-tally.ts';
import type { SpanSource } from './span-source.ts';

/** Distinct spans of one window; the samples of further ones are delivered without span labels, and counted. */
export const MAX_WINDOW_SPANS = 10_000;

/** Numbers of spans: none at all, and one that is not valid. */
const ABSENT = 0;
const INVALID = -1;

/** No label set. */
const NONE = -1;

/** More label sets than the labeler of tags can have in an epoch: the factor of a pair's key. */
const MAX_SETS = 2 ** 32;

const byName = ([a]: Label, [b]: Label): number => (a < b ? -1 : 1);

export interface SpanLabelerOptions {
  /** Gives the labels of the series. */
  readonly tags: LabelResolver;
  /** Facts that tags read. */
  readonly tagKeys: ReadonlySet<string>;
  readonly source: SpanSource;
  readonly tally: SpanTally;
  readonly maxWindowSpans?: number;
}

export class SpanLabeler implements LabelResolver {
  /** Tags and span labels of each label set of this epoch. */
  labelSets: Labels[] = [];
  private readonly options: SpanLabelerOptions;
  private readonly maxWindowSpans: number;
  private epoch: Epoch | undefined;
  /** The facts that tags read, in lists of their own: two requests to one URL are one list, and its tags are rendered once. */
  private tagMetas: (readonly Meta[])[] = [];
  private tagMetaIds = new Map<string, number>();
  private tagMetaOf: number[] = [];
  private spanOf: number[] = [];
  private spans: Labels[] = [];
  private spanIds = new Map<string, number>();
  /** The window that last took each span. */
  private windowOf: number[] = [];
  private window = 1;
  private windowSpans = 0;
  private setOfPair = new Map<number, number>();
  /** The pair that was last asked for, by span: nearly always the only one. */
  private lastTagSet: number[] = [];
  private lastSet: number[] = [];

  constructor(options: SpanLabelerOptions) {
    this.options = options;
    this.maxWindowSpans = options.maxWindowSpans ?? MAX_WINDOW_SPANS;
  }

  startEpoch(epoch: Epoch, nowMs: number): void {
    this.epoch = epoch;
    this.labelSets = [];
    this.tagMetas = [[]];
    this.tagMetaIds = new Map([['[]', 0]]);
    this.tagMetaOf = [];
    this.spanOf = [];
    this.spans = [[]];
    this.spanIds = new Map();
    this.windowOf = [0];
    this.setOfPair = new Map();
    this.lastTagSet = [NONE];
    this.lastSet = [NONE];
    this.options.tags.startEpoch({ tables: epoch.tables, metas: this.tagMetas }, nowMs);
  }

  startWindow(): void {
    this.window += 1;
    this.windowSpans = 0;
  }

  resolve(stack: number, meta: number, weight: number): number {
    if (meta >= this.spanOf.length) this.readMetas(meta);
    const tagSet = this.options.tags.resolve(stack, this.tagMetaOf[meta]!, weight);
    if (tagSet < 0) return tagSet;
    const span = this.admit(this.spanOf[meta]!, weight);
    if (this.lastTagSet[span] === tagSet) return this.lastSet[span]!;
    const pair = span * MAX_SETS + tagSet;
    const set = this.setOfPair.get(pair) ?? this.addPair(pair, tagSet, span);
    this.lastTagSet[span] = tagSet;
    this.lastSet[span] = set;
    return set;
  }

  /** The span itself, or none where the window has too many. */
  private admit(span: number, weight: number): number {
    const { tally } = this.options;
    if (span === ABSENT) tally.absent += weight;
    else if (span === INVALID) tally.invalid += weight;
    else if (this.windowOf[span] === this.window || this.admitNew(span)) {
      tally.labelled += weight;
      return span;
    } else tally.capped += weight;
    return ABSENT;
  }

  private admitNew(span: number): boolean {
    if (this.windowSpans >= this.maxWindowSpans) return false;
    this.windowSpans += 1;
    this.windowOf[span] = this.window;
    return true;
  }

  private addPair(pair: number, tagSet: number, span: number): number {
    const tags = this.options.tags.labelSets[tagSet]!;
    // No tag has the name of a span label. The pairs are shared: there are as many label sets as requests.
    const labels = span === ABSENT ? tags : [...tags, ...this.spans[span]!].sort(byName);
    const set = this.labelSets.push(labels) - 1;
    this.setOfPair.set(pair, set);
    return set;
  }

  /** Metas are numbered in the order in which they come, so those up to this one are there. */
  private readMetas(last: number): void {
    const { source, tagKeys } = this.options;
    for (let meta = this.spanOf.length; meta <= last; meta++) {
      const facts = this.epoch!.metas[meta]!;
      this.spanOf.push(this.spanId(source.read(new Map(facts))));
      this.tagMetaOf.push(this.tagMetaId(facts.filter(([key]) => tagKeys.has(key))));
    }
  }

  private spanId(labels: Labels | undefined): number {
    if (labels === undefined) return INVALID;
    if (labels.length === 0) return ABSENT;
    // Ids differ in length, so none can be taken for another's.
    const key = labels.length === 1 ? labels[0]![1] : labels[0]![1] + labels[1]![1];
    let span = this.spanIds.get(key);
    if (span === undefined) {
      span = this.spans.push(labels) - 1;
      this.windowOf.push(0);
      this.lastTagSet.push(NONE);
      this.lastSet.push(NONE);
      this.spanIds.set(key, span);
    }
    return span;
  }

  private tagMetaId(facts: readonly Meta[]): number {
    const key = JSON.stringify(facts);
    let id = this.tagMetaIds.get(key);
    if (id === undefined) {
      id = this.tagMetas.push(facts) - 1;
      this.tagMetaIds.set(key, id);
    }
    return id;
  }
}
