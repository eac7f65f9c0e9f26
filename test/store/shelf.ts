// One tenant's part of a store under test, with short words for uploads and questions.
import type { Labels } from '../../src/model/labels.ts';
import { makeLabels } from '../../src/model/labels.ts';
import type { StoredProfile, Upload } from '../../src/store/profile.ts';
import type { Matcher, MatchOperator, Selector } from '../../src/store/selector.ts';
import type { ProfileStore, SeriesPoint } from '../../src/store/store.ts';
import type { PprofSample } from '../fixtures/pprof-samples.ts';
import { makePprof, stacksOf } from '../fixtures/pprof-samples.ts';

export type OpenShelf = () => Shelf;

/** What not every store can do. */
export type Ability = keyof ShelfTraits;

interface ShelfTraits {
  readonly reopen: (() => Promise<ProfileStore>) | undefined;
  readonly expire: ((beforeNanos: bigint) => Promise<unknown>) | undefined;
}

/** 2019-01-01T00:00:00Z, as in profefe's suite. */
export const START = 1_546_300_800_000_000_000n;
export const SECOND = 1_000_000_000n;
export const HOUR = 3_600n * SECOND;

export interface UploadSketch extends Partial<Omit<Upload, 'labels' | 'tenant'>> {
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the profile that is made where no body is given. */
  readonly timeNanos?: bigint;
  readonly samples?: readonly PprofSample[];
}

export class Shelf {
  readonly tenant: string;
  readonly traits: ShelfTraits;
  store: ProfileStore;

  constructor(store: ProfileStore, tenant: string, traits: ShelfTraits) {
    this.store = store;
    this.tenant = tenant;
    this.traits = traits;
  }

  upload(sketch: UploadSketch = {}): Upload {
    const { labels = {}, timeNanos = START, samples = [{ stack: 'main;work', values: [1] }] } = sketch;
    return {
      tenant: this.tenant,
      service: sketch.service ?? 'svc1',
      type: sketch.type ?? 'cpu',
      labels: labelsOf(labels),
      createdAtNanos: sketch.createdAtNanos,
      body: sketch.body ?? makePprof({ samples, timeNanos }),
      splitsSeries: sketch.splitsSeries ?? false,
      ...(sketch.id !== undefined && { id: sketch.id }),
    };
  }

  write(sketch: UploadSketch = {}): Promise<StoredProfile> {
    return this.store.write(this.upload(sketch));
  }

  /** Everything from 2019 on, unless told otherwise. Matchers are written `name=value`, `name!~value`... */
  selector(part: Partial<Selector> = {}, ...matchers: readonly string[]): Selector {
    return {
      tenant: this.tenant,
      service: undefined,
      type: undefined,
      fromNanos: START - 24n * HOUR,
      untilNanos: START + 365n * 24n * HOUR,
      matchers: matchers.map(parseMatcher),
      ...part,
    };
  }

  async ids(part: Partial<Selector> = {}, ...matchers: readonly string[]): Promise<readonly string[]> {
    return (await this.store.list(this.selector(part, ...matchers))).map(({ id }) => id);
  }

  /** `a;b=3` lines, or undefined. */
  async sum(part: Partial<Selector> = {}, ...matchers: readonly string[]) {
    const selector = this.selector(part, ...matchers);
    const merged = await this.store.merge({ selector }, { withSampleLabels: false });
    return merged && stacksOf(merged.pprof);
  }

  async points(selector: Selector, sampleType: string, groupBy: readonly string[]): Promise<SeriesPoint[]> {
    const points: SeriesPoint[] = [];
    for await (const some of this.store.points(selector, sampleType, groupBy)) points.push(...some);
    return points.sort((a, b) => (pointKey(a) < pointKey(b) ? -1 : 1));
  }
}

export function labelsOf(labels: Readonly<Record<string, string>>): Labels {
  return makeLabels(Object.entries(labels));
}

function pointKey({ timeNanos, labels, value }: SeriesPoint): string {
  return `${timeNanos} ${JSON.stringify(labels)} ${value}`;
}

function parseMatcher(text: string): Matcher {
  const [, name, operator, value] = /^(\w+)(!=|=~|!~|=)(.*)$/su.exec(text)!;
  return { name: name!, operator: operator as MatchOperator, value: value! };
}
