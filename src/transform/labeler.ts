// From (stack, meta) to a label set: templated tags, entry point filter and tag, cardinality cap. All of it is decided once per
// distinct stack and once per distinct fact list; a sample that was seen before costs two array reads and one look-up.
import type { Label, Labels } from '../model/labels.ts';
import { labelsKey, makeLabels } from '../model/labels.ts';
import { FILTERED, ROOTLESS } from '../model/label-resolver.ts';
import type { LabelResolver } from '../model/label-resolver.ts';
import type { Epoch } from '../model/sample-sink.ts';
import { MAX_STACKS } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { entryFileOf } from './entry-point.ts';
import type { PathFilter } from './entry-point.ts';
import type { Tags } from './tags.ts';
import { OTHER, TagValues } from './tag-values.ts';

const UNKNOWN = -3;

/** Distinct entry files per epoch; later ones are tagged `other`. */
const MAX_ENTRY_FILES = 4_096;
/** Pyroscope's limit of a label value is 2,048 bytes; a UTF-16 unit takes three bytes at most. */
const MAX_LABEL_LENGTH = 680;

export interface LabelerOptions {
  readonly tags: Tags;
  readonly isEntryPoint: PathFilter;
  /** With patterns, stacks without an entry file can't match and are dropped as rootless. */
  readonly hasEntryPatterns: boolean;
  readonly tagEntrypoint: boolean;
  readonly maxTagValues: number;
}

export class Labeler implements LabelResolver {
  /** Templated tags of each label set of this epoch. */
  labelSets: Labels[] = [];
  private readonly options: LabelerOptions;
  private readonly values: ReadonlyMap<string, TagValues>;
  private epoch: Epoch | undefined;
  private entryOfStack = new Int32Array(MAX_STACKS + 1);
  private entries: string[] = [''];
  private entryIds = new Map<string, number>();
  private factLabels: (Labels | undefined)[] = [];
  private setOfPair = new Map<number, number>();
  private setIds = new Map<string, number>();

  constructor(options: LabelerOptions, nowMs: number) {
    this.options = options;
    this.values = new Map(
      options.tags.templated.map(([name]) => [name, new TagValues(options.maxTagValues, nowMs)]),
    );
  }

  /** Tag values that became `other` so far, per tag. */
  overflowed(): ReadonlyMap<string, number> {
    return new Map([...this.values].map(([name, values]) => [name, values.overflowed]));
  }

  startEpoch(epoch: Epoch, nowMs: number): void {
    this.epoch = epoch;
    this.labelSets = [];
    this.entryOfStack.fill(UNKNOWN);
    this.entries = [''];
    this.entryIds = new Map();
    this.factLabels = [];
    this.setOfPair = new Map();
    this.setIds = new Map();
    for (const values of this.values.values()) values.startEpoch(nowMs);
  }

  resolve(stack: number, meta: number): number {
    let entry = this.entryOfStack[stack]!;
    if (entry === UNKNOWN) {
      entry = this.findEntry(stack);
      this.entryOfStack[stack] = entry;
    }
    if (entry < 0) return entry;
    const pair = meta * MAX_ENTRY_FILES + entry;
    return this.setOfPair.get(pair) ?? this.addPair(pair, meta, entry);
  }

  /** Number of the stack's entry file; 0 where there is none or nobody asks. */
  private findEntry(stack: number): number {
    const { isEntryPoint, hasEntryPatterns, tagEntrypoint } = this.options;
    const file = entryFileOf(this.epoch!.tables, stack);
    if (file === undefined) return hasEntryPatterns ? ROOTLESS : 0;
    if (!isEntryPoint(file)) return FILTERED;
    return tagEntrypoint ? this.entryId(file) : 0;
  }

  private entryId(file: string): number {
    const name = this.entryIds.size < MAX_ENTRY_FILES - 2 || this.entryIds.has(file) ? file : OTHER;
    let id = this.entryIds.get(name);
    if (id === undefined) {
      id = this.entries.push(cleanText(name, MAX_LABEL_LENGTH)) - 1;
      this.entryIds.set(name, id);
    }
    return id;
  }

  private addPair(pair: number, meta: number, entry: number): number {
    const facts = (this.factLabels[meta] ??= this.renderTags(meta));
    const file = this.entries[entry]!;
    const labels = file === '' ? facts : makeLabels([...facts, ['entrypoint', file]]);
    const key = labelsKey(labels);
    let set = this.setIds.get(key);
    if (set === undefined) {
      set = this.labelSets.push(labels) - 1;
      this.setIds.set(key, set);
    }
    this.setOfPair.set(pair, set);
    return set;
  }

  private renderTags(meta: number): Labels {
    const facts = new Map(this.epoch!.metas[meta]);
    const labels: Label[] = [];
    for (const [name, template] of this.options.tags.templated) {
      const value = template.render(facts);
      if (value === undefined || value === '') continue;
      labels.push([name, this.values.get(name)!.admit(cleanText(value, MAX_LABEL_LENGTH))]);
    }
    return makeLabels(labels);
  }
}
