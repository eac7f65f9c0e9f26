// A store over a catalog: what uploads and questions mean, whatever holds the bodies and the records.
import { MAX_RAW_BYTES } from '../../formats/pprof/open.ts';
import type { Labels } from '../../model/labels.ts';
import { labelsKey } from '../../model/labels.ts';
import { isProfileId } from '../id.ts';
import { openUpload } from '../intake.ts';
import type { StoredProfile, Upload } from '../profile.ts';
import type { Selector } from '../selector.ts';
import type { Figure } from '../figures.ts';
import { Tally } from '../figures.ts';
import { Rounds } from '../rounds.ts';
import type {
  Asking,
  ListOptions,
  Merged,
  MergeOptions,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store.ts';
import { checkWanted, StoreError } from '../store.ts';
import type { UpkeepNews } from '../upkeep-news.ts';
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
/** Of rounds that let go of old profiles: so many in the time that profiles are kept, within these bounds. */
const EXPIRIES = 24;
const MIN_EXPIRY_MS = 10_000;
const MAX_EXPIRY_MS = 3_600_000;
const FIRST_EXPIRY_MS = 5_000;

export interface CatalogOptions {
  /** UNIX time in ns. */
  readonly now?: () => bigint;
  /** Of one profile after decompression. */
  readonly maxRawBytes?: number;
  readonly maxPendingBytes?: number;
  /** How long profiles are kept; without it for ever. */
  readonly retentionMs?: number;
  /** Before the first round of letting go; another time is for tests. */
  readonly firstExpiryMs?: number;
  readonly onNews?: (news: UpkeepNews) => void;
}

export class CatalogStore implements ProfileStore {
  private readonly catalog: Catalog;
  private readonly now: () => bigint;
  private readonly maxRawBytes: number;
  private readonly maxPendingBytes: number;
  private readonly tally = new Tally();
  private readonly onNews: (news: UpkeepNews) => void;
  private readonly expiry: Rounds | undefined;
  private pendingBytes = 0;

  constructor(catalog: Catalog, options: CatalogOptions = {}) {
    const { now, maxRawBytes = MAX_RAW_BYTES, maxPendingBytes = MAX_PENDING_BYTES } = options;
    this.catalog = catalog;
    this.maxPendingBytes = maxPendingBytes;
    this.now = now ?? (() => BigInt(Date.now()) * 1_000_000n);
    this.maxRawBytes = maxRawBytes;
    this.onNews = (news) => {
      this.count(news);
      options.onNews?.(news);
    };
    this.expiry = this.scheduleExpiry(options);
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const bytes = upload.body.length;
    if (this.pendingBytes + bytes > this.maxPendingBytes) {
      this.tally.add('store_bounds_hit_total', { storage: this.catalog.storage, bound: 'pending_bytes' });
      throw new StoreError('unavailable', 'Too many uploads are waiting for the storage.');
    }
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

  async list(selector: Selector, { limit, signal }: ListOptions = {}): Promise<readonly StoredProfile[]> {
    const newest: StoredProfile[] = [];
    if (limit !== undefined && limit <= 0) return newest;
    const question = new Question(selector, { signal });
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

  merge(source: MergeSource, { withSampleLabels, signal }: MergeOptions): Promise<Merged | undefined> {
    const maxRawBytes = Math.max(MAX_RAW_BYTES, this.maxRawBytes);
    const options = { withSampleLabels, maxRawBytes, wants: undefined, signal };
    return 'selector' in source
      ? this.mergeFound(source.selector, options)
      : this.mergeNamed(source, options);
  }

  async series(selector: Selector, names?: readonly string[], asking?: Asking): Promise<readonly Labels[]> {
    const question = new Question(selector, asking);
    const found = new Map<string, Labels>();
    for await (const { profile, series } of this.records(question, 'oldest first'))
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
    asking?: Asking,
  ): AsyncIterable<readonly SeriesPoint[]> {
    const question = new Question(selector, asking);
    let chunk: SeriesPoint[] = [];
    for await (const record of this.records(question, 'oldest first')) {
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

  /** Lets go of all tenants' profiles from before this time (UNIX, ns), as the catalog can; it is done without asking, too. */
  async expire(beforeNanos: bigint): Promise<number> {
    const profiles = await this.catalog.expire(beforeNanos);
    if (profiles > 0) this.onNews({ kind: 'expired', reason: 'age', profiles });
    return profiles;
  }

  figures(): readonly Figure[] {
    const { storage, traffic, boundsHit } = this.catalog;
    return [
      ...this.tally.figures(),
      { name: 'storage_requests_total', labels: { storage }, value: traffic.requests },
      { name: 'storage_retries_total', labels: { storage }, value: traffic.retries },
      { name: 'storage_failures_total', labels: { storage }, value: traffic.failures },
      ...Object.entries(boundsHit).map(([bound, value]): Figure => ({
        name: 'store_bounds_hit_total',
        labels: { storage, bound },
        value,
      })),
    ];
  }

  async close(): Promise<void> {
    const expiry = this.expiry?.close();
    await this.catalog.close();
    await expiry;
  }

  private scheduleExpiry({ retentionMs = 0, firstExpiryMs }: CatalogOptions): Rounds | undefined {
    if (retentionMs <= 0) return undefined;
    return new Rounds({
      work: async () => {
        await this.expire(this.now() - BigInt(retentionMs) * 1_000_000n);
      },
      intervalMs: Math.min(MAX_EXPIRY_MS, Math.max(MIN_EXPIRY_MS, retentionMs / EXPIRIES)),
      firstMs: firstExpiryMs ?? FIRST_EXPIRY_MS,
      onNews: this.onNews,
    });
  }

  private count(news: UpkeepNews): void {
    const { storage } = this.catalog;
    if (news.kind === 'expired')
      this.tally.add('store_expired_profiles_total', { storage, reason: news.reason }, news.profiles);
    if (news.kind === 'failed') this.tally.add('store_upkeep_failures_total', { storage });
  }

  private async mergeFound(selector: Selector, options: SumOptions & Asking) {
    const question = new Question(selector, options);
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

  private async mergeNamed(
    { tenant, ids }: { tenant: string; ids: readonly string[] },
    options: SumOptions & Asking,
  ) {
    const missingIds: string[] = [];
    const sum = new BodySum(options);
    const reads = ahead(ids, BODIES_AHEAD, async (id) => {
      const record = await this.catalog.get(tenant, id);
      return { id, record, body: record && (await this.catalog.body(record)) };
    });
    for await (const { id, record, body } of reads) {
      checkWanted(options.signal);
      if (record === undefined || body === undefined) missingIds.push(id);
      else await sum.add(record, body);
    }
    const merged = sum.finish();
    return merged && { ...merged, missingIds };
  }

  private async *find(question: Question, order: Order): AsyncGenerator<ProfileRecord> {
    for await (const record of this.records(question, order)) if (question.matches(record)) yield record;
  }

  /** Throws StoreError('abandoned') as soon as nobody waits any more. */
  private async *records({ scope }: Question, order: Order): AsyncGenerator<ProfileRecord> {
    for await (const record of this.catalog.find(scope, order)) {
      checkWanted(scope.signal);
      yield record;
    }
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
