// Queries, in a thread of their own. Each sees the store as it is when the query begins, whatever is written meanwhile.
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import { isProfileId } from '../id.ts';
import type { StoredProfile } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type { ListOptions, Merged, MergeSource, StoreStatistics } from '../store.ts';
import { decodeEntry } from './entry.ts';
import type { Environment } from './environment.ts';
import { afterPrefix, entryKey, idKey, orderOfEntry, streamKey, timeOfEntry } from './keys.ts';
import { ColumnMerger } from './merge.ts';
import type { PointsPage, PointsQuery } from './points.ts';
import { readPoints } from './points.ts';
import type { ProfileRecord, ServiceRecord } from './records.ts';
import { decodeProfile } from './records.ts';
import type { HeaderPlace, Hit } from './scan.ts';
import { Scan, segmentIn, servicesOf, streamsOf } from './scan.ts';
import { SegmentCache } from './segment-cache.ts';
import type { SegmentReader } from './segment-reader.ts';
import { allLabels } from './series-labels.ts';

export interface StoredBody {
  readonly profile: StoredProfile;
  readonly body: Uint8Array<ArrayBuffer>;
}

export class Reader {
  readonly environment: Environment;
  readonly segments: SegmentCache<number, SegmentReader>;
  /** Called before queries and again and again in them; it throws where nobody waits for the answer. */
  readonly heed: () => void;

  constructor(environment: Environment, cacheBytes: number, heed: () => void) {
    this.environment = environment;
    this.segments = new SegmentCache(cacheBytes);
    this.heed = heed;
  }

  /** Runs a query on the newest state. It must not wait in between. */
  query<Result>(work: () => Result): Result {
    this.heed();
    this.environment.root.resetReadTxn();
    try {
      return work();
    } finally {
      // A snapshot that nobody needs keeps pages from being used again.
      this.environment.root.resetReadTxn();
      this.segments.trim();
    }
  }

  list(selector: Selector, { limit }: ListOptions): readonly StoredProfile[] {
    const scan = new Scan(this, selector);
    const hits: Pick<Hit, 'id' | 'timeNanos'>[] = [];
    for (const stream of scan.streams()) {
      let left = limit ?? Infinity;
      if (left <= 0) continue;
      for (const { id, timeNanos } of scan.hits(stream, { reverse: limit !== undefined })) {
        hits.push({ id, timeNanos });
        if (--left <= 0) break;
      }
    }
    hits.sort(compareHits);
    const newest = limit === undefined ? hits : hits.slice(Math.max(0, hits.length - limit));
    return newest.map(({ id }) => this.find(id)!.profile);
  }

  read(tenant: string, id: string): StoredBody | undefined {
    const record = this.find(id);
    if (record?.profile.tenant !== tenant) return undefined;
    const body = this.environment.bodies.get(idKey(id)) ?? Buffer.alloc(0);
    // An array of its own: it goes to another thread without being copied again.
    return { profile: record.profile, body: Uint8Array.from(body) };
  }

  merge(source: MergeSource, withSampleLabels: boolean): Merged | undefined {
    const merger = new ColumnMerger(this.environment, withSampleLabels);
    const missingIds: string[] = [];
    if ('selector' in source) {
      const scan = new Scan(this, source.selector);
      for (const stream of scan.streams())
        for (const hit of scan.sums(stream)) {
          if ('section' in hit) merger.addHour(hit.section, hit.segment, hit.places);
          else merger.add(hit, orderOfEntry(hit.key));
        }
    } else
      source.ids.forEach((id, order) => {
        this.heed();
        const record = this.find(id);
        if (record?.profile.tenant === source.tenant) merger.add(this.hitOf(record), order);
        else missingIds.push(id);
      });
    const pprof = merger.finish();
    return pprof && { pprof, profiles: merger.profiles, missingIds };
  }

  series(selector: Selector, names?: readonly string[]): readonly Labels[] {
    const scan = new Scan(this, selector);
    const found = new Map<string, Labels>();
    const seen = new Set<string>();
    for (const stream of scan.streams())
      for (const hit of scan.sums(stream)) {
        const { headerId, seriesIds } = 'section' in hit ? hit.section : hit.entry;
        for (const place of hit.places) {
          const question = `${hit.segment.id}/${headerId}/${seriesIds[place]!}`;
          if (seen.has(question)) continue;
          seen.add(question);
          const at = { service: hit.service, segment: hit.segment, headerId };
          for (const labels of labelsOfSeries(scan, at, seriesIds[place]!, names))
            found.set(labelsKey(labels), labels);
        }
      }
    return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, labels]) => labels);
  }

  points(query: PointsQuery): PointsPage {
    return readPoints(new Scan(this, query.selector), query);
  }

  services(tenant: string): readonly string[] {
    return servicesOf(this.environment, tenant)
      .map(({ service }) => service)
      .sort();
  }

  statistics(tenant: string): StoreStatistics {
    const services = servicesOf(this.environment, tenant);
    const times = services.flatMap((service) => this.spanOf(service));
    times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return {
      profiles: services.reduce((sum, { profiles }) => sum + profiles, 0),
      bytes: services.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestNanos: times[0],
      newestNanos: times.at(-1),
    };
  }

  private find(id: string): ProfileRecord | undefined {
    const bytes = isProfileId(id) ? this.environment.profiles.get(idKey(id)) : undefined;
    return bytes && decodeProfile(bytes);
  }

  private hitOf({ profile, serviceId }: ProfileRecord): Omit<Hit, 'timeNanos'> {
    const { environment } = this;
    const [service] = servicesOf(environment, profile.tenant, profile.service);
    const key = entryKey(streamKey(serviceId, profile.type), profile.createdAtNanos, profile.id);
    const entry = decodeEntry(environment.entries.get(key)!);
    const segment = segmentIn(this.segments, environment, entry.segmentId);
    return { id: profile.id, key, service: service!, entry, segment, places: [...entry.seriesIds.keys()] };
  }

  /** The times of its oldest and newest profile. */
  private spanOf(service: ServiceRecord): readonly bigint[] {
    const { entries } = this.environment;
    return streamsOf(this.environment, service).flatMap(({ key }) => {
      const [start, end] = [key, afterPrefix(key)];
      const ends = [
        ...entries.getKeys({ start, end, limit: 1 }),
        ...entries.getKeys({ start: end, end: start, reverse: true, limit: 1 }),
      ];
      return ends.map(timeOfEntry);
    });
  }
}

/** One set per sample type that matches, each cut down to `names`. */
function labelsOfSeries(
  scan: Scan,
  at: HeaderPlace,
  seriesId: number,
  names: readonly string[] | undefined,
): readonly Labels[] {
  const types = Math.max(1, at.segment.header(at.headerId).sampleTypes.length);
  return Array.from({ length: types }, (_, type) => type)
    .filter((type) => scan.isMeant(at, seriesId, type))
    .map((type) => allLabels(at, seriesId, type, names));
}

function compareHits(a: Pick<Hit, 'id' | 'timeNanos'>, b: Pick<Hit, 'id' | 'timeNanos'>): number {
  if (a.timeNanos !== b.timeNanos) return a.timeNanos < b.timeNanos ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
