// A store over a catalog: what uploads and questions mean, whatever holds the bodies and the records.
import { MAX_RAW_BYTES } from '../../formats/pprof/open.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import { isProfileId } from '../id.ts';
import { openUpload } from '../intake.ts';
import type { StoredProfile, Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type {
  ListOptions,
  Merged,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store.ts';
import { StoreError } from '../store.ts';
import { ahead } from './ahead.ts';
import type { Catalog, Order } from './catalog.ts';
import { labelsOfSeries, Question } from './hits.ts';
import type { ProfileRecord } from './record.ts';
import { recordOf } from './record.ts';
import type { SumOptions } from './sum.ts';
import { BodySum } from './sum.ts';

/** Bodies that a merge holds at once; records that are looked up at once. */
const BODIES_AHEAD = 8;
/** Bodies on their way; more are refused, so that slow storage does not fill the memory. */
export const MAX_PENDING_BYTES = 268_435_456;
/** Points come in pieces of so many profiles; deletions go so. */
const CHUNK = 256;

export interface CatalogOptions {
  /** UNIX time in ns. */
  readonly now?: () => bigint;
  /** Of one profile after decompression. */
  readonly maxRawBytes?: number;
  readonly maxPendingBytes?: number;
}

export class CatalogStore implements ProfileStore {
  private readonly catalog: Catalog;
  private readonly now: () => bigint;
  private readonly maxRawBytes: number;
  private readonly maxPendingBytes: number;
  private pendingBytes = 0;

  constructor(catalog: Catalog, options: CatalogOptions = {}) {
    const { now, maxRawBytes = MAX_RAW_BYTES, maxPendingBytes = MAX_PENDING_BYTES } = options;
    this.catalog = catalog;
    this.maxPendingBytes = maxPendingBytes;
    this.now = now ?? (() => BigInt(Date.now()) * 1_000_000n);
    this.maxRawBytes = maxRawBytes;
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const bytes = upload.body.length;
    if (this.pendingBytes + bytes > this.maxPendingBytes)
      throw new StoreError('unavailable', 'Too many uploads are waiting for the storage.');
    this.pendingBytes += bytes;
    try {
      const intake = await openUpload(upload, this.now(), this.maxRawBytes);
      const record = recordOf(intake, upload.splitsSeries);
      await this.catalog.put(record, upload.body);
      return record.profile;
    } finally {
      this.pendingBytes -= bytes;
    }
  }

  async list(selector: Selector, { limit }: ListOptions = {}): Promise<readonly StoredProfile[]> {
    const newest: StoredProfile[] = [];
    if (limit !== undefined && limit <= 0) return newest;
    const question = new Question(selector);
    for await (const record of this.find(question, 'newest first')) {
      newest.push(record.profile);
      if (newest.length === limit) break;
    }
    return newest.reverse();
  }

  async read(tenant: string, id: string) {
    const record = await this.catalog.get(tenant, id);
    const body = record && (await this.catalog.body(record));
    return body && { profile: record.profile, body };
  }

  merge(
    source: MergeSource,
    { withSampleLabels }: { readonly withSampleLabels: boolean },
  ): Promise<Merged | undefined> {
    const maxRawBytes = Math.max(MAX_RAW_BYTES, this.maxRawBytes);
    const options = { withSampleLabels, maxRawBytes, wants: undefined };
    return 'selector' in source
      ? this.mergeFound(source.selector, options)
      : this.mergeNamed(source, options);
  }

  async series(selector: Selector, names?: readonly string[]): Promise<readonly Labels[]> {
    const question = new Question(selector);
    const found = new Map<string, Labels>();
    for await (const { profile, series } of this.catalog.find(question.scope, 'oldest first'))
      for (const { sampleLabels } of series)
        for (let type = 0; type < profile.sampleTypes.length; type++) {
          if (!question.matchesType(profile, sampleLabels, type)) continue;
          const labels = labelsOfSeries(profile, sampleLabels, type, names);
          found.set(labelsKey(labels), labels);
        }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, labels]) => labels);
  }

  async *points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
  ): AsyncIterable<readonly SeriesPoint[]> {
    const question = new Question(selector);
    let chunk: SeriesPoint[] = [];
    for await (const record of this.catalog.find(question.scope, 'oldest first')) {
      chunk.push(...pointsOf(record, question, sampleType, groupBy));
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  }

  async services(tenant: string): Promise<readonly string[]> {
    return [...(await this.catalog.services(tenant))].sort();
  }

  async delete(tenant: string, what: { readonly id: string } | { readonly selector: Selector }) {
    if ('id' in what) {
      const record = isProfileId(what.id) ? await this.catalog.get(tenant, what.id) : undefined;
      return record === undefined ? 0 : this.catalog.remove([record]);
    }
    const question = new Question({ ...what.selector, tenant });
    let deleted = 0;
    let doomed: ProfileRecord[] = [];
    for await (const record of this.find(question, 'oldest first')) {
      doomed.push(record);
      if (doomed.length < CHUNK) continue;
      deleted += await this.catalog.remove(doomed);
      doomed = [];
    }
    return deleted + (await this.catalog.remove(doomed));
  }

  statistics(tenant: string): Promise<StoreStatistics> {
    return this.catalog.statistics(tenant);
  }

  close(): Promise<void> {
    return this.catalog.close();
  }

  private async mergeFound(selector: Selector, options: SumOptions) {
    const question = new Question(selector);
    const wants: SumOptions['wants'] = ({ profile }, { sampleLabels }) =>
      question.matchesSeries(profile, sampleLabels);
    const sum = new BodySum({ ...options, wants });
    const bodies = ahead(this.find(question, 'oldest first'), BODIES_AHEAD, async (record) => ({
      record,
      body: await this.catalog.body(record),
    }));
    for await (const { record, body } of bodies) if (body !== undefined) await sum.add(record, body);
    const merged = sum.finish();
    return merged && { ...merged, missingIds: [] };
  }

  private async mergeNamed({ tenant, ids }: { tenant: string; ids: readonly string[] }, options: SumOptions) {
    const missingIds: string[] = [];
    const sum = new BodySum(options);
    const reads = ahead(ids, BODIES_AHEAD, async (id) => {
      const record = await this.catalog.get(tenant, id);
      return { id, record, body: record && (await this.catalog.body(record)) };
    });
    for await (const { id, record, body } of reads)
      if (record === undefined || body === undefined) missingIds.push(id);
      else await sum.add(record, body);
    const merged = sum.finish();
    return merged && { ...merged, missingIds };
  }

  private async *find(question: Question, order: Order): AsyncGenerator<ProfileRecord> {
    for await (const record of this.catalog.find(question.scope, order))
      if (question.matches(record)) yield record;
  }
}

function pointsOf(
  { profile, series }: ProfileRecord,
  question: Question,
  sampleType: string,
  groupBy: readonly string[],
): SeriesPoint[] {
  const type = profile.sampleTypes.findIndex((candidate) => candidate.type === sampleType);
  if (type < 0) return [];
  const sums = new Map<string, { labels: Labels; value: number }>();
  for (const { sampleLabels, totals } of series) {
    if (!question.matchesType(profile, sampleLabels, type)) continue;
    const labels = labelsOfSeries(profile, sampleLabels, type, groupBy);
    const key = labelsKey(labels);
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, { labels, value: totals[type]! });
    else sum.value += totals[type]!;
  }
  return [...sums.values()].map((sum) => ({ ...sum, timeNanos: profile.createdAtNanos }));
}
