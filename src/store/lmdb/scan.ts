// Which profiles a selector means. Label sets are judged first, each once; then the index is read in order of time, and every
// profile in it costs a few numbers. Ids are never joined: profiles may arrive in any order.
import type { LabelMatch } from '../matching.ts';
import { compileMatchers } from '../matching.ts';
import { lookupIn } from '../lookup.ts';
import type { Selector } from '../selector.ts';
import type { Entry } from './entry.ts';
import { decodeEntry } from './entry.ts';
import type { Environment } from './environment.ts';
import type { HourSection } from './hour-sum.ts';
import { readHour } from './hour-sum.ts';
import {
  afterPrefix,
  hourKey,
  hourOf,
  hourOfHourKey,
  idOfEntry,
  MAX_TIME,
  MIN_TIME,
  startOfHour,
  serviceKey,
  streamKey,
  streamOfEntry,
  tenantKey,
  timeKey,
  timeOfEntry,
  uint32,
} from './keys.ts';
import type { ServiceRecord } from './records.ts';
import { parseRecord, readService } from './records.ts';
import type { SegmentCache } from './segment-cache.ts';
import { SegmentReader } from './segment-reader.ts';

/** Profiles of one type in one service. */
export interface Stream {
  readonly service: ServiceRecord;
  /** What the keys of its entries begin with. */
  readonly key: Buffer;
}

/** Where a header stands. */
export interface HeaderPlace {
  readonly service: ServiceRecord;
  readonly segment: SegmentReader;
  readonly headerId: number;
}

export interface Hit {
  readonly id: string;
  readonly key: Buffer;
  readonly timeNanos: bigint;
  readonly service: ServiceRecord;
  readonly entry: Entry;
  readonly segment: SegmentReader;
  /** Places in `entry.seriesIds` of the series that match. */
  readonly places: readonly number[];
}

export interface ScanOptions {
  readonly reverse?: boolean;
  readonly withTotals?: boolean;
  /** A key of an entry: begins behind it. */
  readonly after?: Buffer | undefined;
  /** Within the selector's window, both included. */
  readonly fromNanos?: bigint;
  readonly untilNanos?: bigint;
}

/** The sum of an hour's profiles, and the series in it that match. */
export interface HourHit {
  readonly section: HourSection;
  readonly service: ServiceRecord;
  readonly segment: SegmentReader;
  /** Places in `section.seriesIds`. */
  readonly places: readonly number[];
}

export interface ScanPlace {
  readonly environment: Environment;
  readonly segments: SegmentCache<number, SegmentReader>;
  readonly heed?: () => void;
}

/** Of one transaction: it sees the store as it is when it is made. */
export class Scan {
  readonly selector: Selector;
  private readonly environment: Environment;
  private readonly segments: SegmentCache<number, SegmentReader>;
  private readonly match: LabelMatch;
  private readonly verdicts = new Map<string, boolean>();
  private readonly heed: () => void;

  /** `heed` is called for every profile or hour, and may throw. Throws StoreError('malformed') where an expression is none. */
  constructor({ environment, segments, heed = () => undefined }: ScanPlace, selector: Selector) {
    this.environment = environment;
    this.segments = segments;
    this.heed = heed;
    this.selector = selector;
    this.match = compileMatchers(selector.matchers);
  }

  /** In order of their keys. */
  streams(): readonly Stream[] {
    const { tenant, service, type, fromNanos, untilNanos } = this.selector;
    if (fromNanos > untilNanos) return [];
    return servicesOf(this.environment, tenant, service)
      .flatMap((record) =>
        type === undefined
          ? streamsOf(this.environment, record)
          : [{ service: record, key: streamKey(record.id, type) }],
      )
      .sort((a, b) => a.key.compare(b.key));
  }

  /** In order of time, then id. */
  *hits({ service, key: stream }: Stream, options: ScanOptions = {}): Generator<Hit> {
    const { fromNanos, untilNanos } = { ...this.selector, ...options };
    const first = options.after ?? Buffer.concat([stream, timeKey(fromNanos)]);
    const last = afterPrefix(Buffer.concat([stream, timeKey(untilNanos)]));
    const [start, end] = options.reverse === true ? [last, first] : [first, last];
    const range = {
      start,
      end,
      reverse: options.reverse === true,
      exclusiveStart: options.after !== undefined,
    };
    for (const { key, value } of this.environment.entries.getRange(range)) {
      this.heed();
      const entry = decodeEntry(value, options.withTotals);
      const segment = this.segment(entry.segmentId);
      const places = this.placesOf({ service, segment, headerId: entry.headerId }, entry.seriesIds);
      if (places.length > 0)
        yield { id: idOfEntry(key), key, timeNanos: timeOfEntry(key), service, entry, segment, places };
    }
  }

  /** As `hits`, but hours that lie wholly in the window come as sums, where there are any. In no order. */
  *sums(stream: Stream): Generator<Hit | HourHit> {
    const { fromNanos, untilNanos } = this.selector;
    let from = fromNanos;
    const start = hourKey(stream.key, hourOf(clampTime(fromNanos - 1n)) + 1);
    const end = hourKey(stream.key, hourOf(clampTime(untilNanos + 1n)));
    for (const { key, value } of this.environment.hours.getRange({ start, end })) {
      this.heed();
      const hour = hourOfHourKey(key);
      yield* this.hits(stream, { fromNanos: from, untilNanos: startOfHour(hour) - 1n });
      from = startOfHour(hour + 1);
      yield* this.sections(stream, value);
    }
    yield* this.hits(stream, { fromNanos: from });
  }

  segment(id: number): SegmentReader {
    return segmentIn(this.segments, this.environment, id);
  }

  /** Whether a series matches as the sample type in this place; without one: as any. */
  isMeant({ service, segment, headerId }: HeaderPlace, seriesId: number, type?: number): boolean {
    if (this.selector.matchers.length === 0) return true;
    const question = `${segment.id}/${headerId}/${seriesId}/${type ?? ''}`;
    let verdict = this.verdicts.get(question);
    if (verdict === undefined) {
      const header = segment.header(headerId);
      const { profileLabels, sampleLabels } = segment.series(seriesId);
      const profile = { ...header, labels: profileLabels, service: service.service };
      const types = Math.max(1, header.sampleTypes.length);
      const asked = type === undefined ? Array.from({ length: types }, (_, i) => i) : [type];
      verdict = asked.some((one) => this.match(lookupIn(profile, sampleLabels, one)));
      this.verdicts.set(question, verdict);
    }
    return verdict;
  }

  private *sections({ service }: Stream, bytes: Buffer): Generator<HourHit> {
    for (const section of readHour(bytes)) {
      const segment = this.segment(section.segmentId);
      const places = this.placesOf({ service, segment, headerId: section.headerId }, section.seriesIds);
      if (places.length > 0) yield { section, service, segment, places };
    }
  }

  private placesOf(of: HeaderPlace, seriesIds: readonly number[]): readonly number[] {
    const places: number[] = [];
    seriesIds.forEach((id, place) => {
      if (this.isMeant(of, id)) places.push(place);
    });
    return places;
  }
}

/** To what hours can be counted in. */
function clampTime(timeNanos: bigint): bigint {
  return BigInt.asIntN(64, timeNanos) === timeNanos ? timeNanos : timeNanos < 0n ? MIN_TIME : MAX_TIME;
}

export function segmentIn(
  segments: SegmentCache<number, SegmentReader>,
  environment: Environment,
  id: number,
): SegmentReader {
  let segment = segments.get(id);
  if (segment === undefined) {
    segment = new SegmentReader(environment, id);
    segments.set(id, segment);
  }
  return segment;
}

/** Of one tenant; only the one that is named, where one is. */
export function servicesOf(
  { services }: Environment,
  tenant: string,
  service?: string,
): readonly ServiceRecord[] {
  if (service !== undefined) {
    const record = readService(services, serviceKey(tenant, service));
    return record === undefined ? [] : [record];
  }
  const prefix = tenantKey(tenant);
  return Array.from(
    services.getRange({ start: prefix, end: afterPrefix(prefix) }),
    ({ value }) => parseRecord(value) as ServiceRecord,
  );
}

/** One look at the index for each type that is in it. */
export function streamsOf({ entries }: Environment, service: ServiceRecord): readonly Stream[] {
  const streams: Stream[] = [];
  const end = afterPrefix(uint32(service.id));
  let start = uint32(service.id);
  for (;;) {
    const [first] = [...entries.getKeys({ start, end, limit: 1 })];
    if (first === undefined) return streams;
    const key = Buffer.from(streamOfEntry(first));
    streams.push({ service, key });
    start = afterPrefix(key);
  }
}
