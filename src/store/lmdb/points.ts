// Sums of profiles over time, from the totals in the index: no columns are read. They go out page by page, as columns.
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import type { Selector } from '../selector.ts';
import type { SeriesPoint } from '../store.ts';
import { allLabels } from './series-labels.ts';
import type { Hit, Scan } from './scan.ts';

export interface PointsQuery {
  readonly selector: Selector;
  readonly sampleType: string;
  readonly groupBy: readonly string[];
  /** `next` of the page before; the key of an entry. */
  readonly after?: Uint8Array;
}

/** Point i is values[i] at times[i] of labels[sets[i]]. */
export interface PointsPage {
  readonly labels: readonly Labels[];
  readonly sets: Uint32Array;
  readonly times: BigInt64Array;
  readonly values: Float64Array;
  /** Undefined after the last page. */
  readonly next: Uint8Array | undefined;
}

/** Of one page: a profile more may come on top. */
export const MAX_PAGE_POINTS = 20_000;
/** Profiles that a page looks at, so that other queries get their turn. */
export const MAX_PAGE_PROFILES = 20_000;

export function readPoints(scan: Scan, query: PointsQuery): PointsPage {
  const page = new Page(scan, query);
  const after = query.after && Buffer.from(query.after);
  for (const stream of scan.streams()) {
    const isBefore = after !== undefined && after.compare(stream.key) >= 0;
    const isSame = after?.subarray(0, stream.key.length).equals(stream.key) === true;
    if (isBefore && !isSame) continue;
    for (const hit of scan.hits(stream, { withTotals: true, after: isSame ? after : undefined })) {
      page.add(hit);
      if (page.isFull) return page.finish(Uint8Array.from(hit.key));
    }
  }
  return page.finish(undefined);
}

export function* pointsOf({ labels, sets, times, values }: PointsPage): Generator<SeriesPoint> {
  for (let i = 0; i < sets.length; i++)
    yield { labels: labels[sets[i]!]!, timeNanos: times[i]!, value: values[i]! };
}

class Page {
  private readonly scan: Scan;
  private readonly query: PointsQuery;
  private readonly labels: Labels[] = [];
  private readonly setIds = new Map<string, number>();
  /** By segment, header and series: the label set that it is cut down to; -1 where it does not match. */
  private readonly setOfSeries = new Map<string, number>();
  private readonly sets: number[] = [];
  private readonly times: bigint[] = [];
  private readonly values: number[] = [];
  private profiles = 0;

  constructor(scan: Scan, query: PointsQuery) {
    this.scan = scan;
    this.query = query;
  }

  get isFull(): boolean {
    return this.profiles >= MAX_PAGE_PROFILES || this.sets.length >= MAX_PAGE_POINTS;
  }

  add(hit: Hit): void {
    this.profiles += 1;
    const { entry, segment, places, timeNanos } = hit;
    const { sampleTypes, pprof } = segment.header(entry.headerId);
    const type = sampleTypes.findIndex((candidate) => candidate.type === this.query.sampleType);
    if (type < 0 || pprof === undefined) return;
    const sums = new Map<number, number>();
    for (const place of places) {
      const set = this.setOf(hit, entry.seriesIds[place]!, type);
      if (set < 0) continue;
      sums.set(set, (sums.get(set) ?? 0) + entry.totals[place * sampleTypes.length + type]!);
    }
    for (const [set, value] of sums) {
      this.sets.push(set);
      this.times.push(timeNanos);
      this.values.push(value);
    }
  }

  finish(next: Uint8Array | undefined): PointsPage {
    return {
      labels: this.labels,
      sets: Uint32Array.from(this.sets),
      times: BigInt64Array.from(this.times),
      values: Float64Array.from(this.values),
      next,
    };
  }

  private setOf(hit: Hit, seriesId: number, type: number): number {
    const question = `${hit.segment.id}/${hit.entry.headerId}/${seriesId}`;
    let set = this.setOfSeries.get(question);
    if (set === undefined) {
      const at = { service: hit.service, segment: hit.segment, headerId: hit.entry.headerId };
      set = this.scan.isMeant(at, seriesId, type)
        ? this.idOf(allLabels(at, seriesId, type, this.query.groupBy))
        : -1;
      this.setOfSeries.set(question, set);
    }
    return set;
  }

  private idOf(labels: Labels): number {
    const key = labelsKey(labels);
    let id = this.setIds.get(key);
    if (id === undefined) {
      id = this.labels.push(labels) - 1;
      this.setIds.set(key, id);
    }
    return id;
  }
}
