// A store whose writes, merges, deletions and queries are counted, whichever API they come from. Queries end with their request.
import type { Labels } from '../model/labels.ts';
import type { StoredProfile, Upload } from '../store/profile.ts';
import type { Selector } from '../store/selector.ts';
import type {
  Asking,
  ListOptions,
  Merged,
  MergeOptions,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store/store.ts';
import { askersSignal } from './asker.ts';
import type { ServeMetrics } from './serve-metrics.ts';
import { outcomeOf } from './uploads.ts';

export class MeasuredStore implements ProfileStore {
  private readonly store: ProfileStore;
  private readonly metrics: ServeMetrics;

  constructor(store: ProfileStore, metrics: ServeMetrics) {
    this.store = store;
    this.metrics = metrics;
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const { ingests, ingestedBytes, ingestDurations } = this.metrics;
    const end = ingestDurations.startTimer();
    try {
      const profile = await this.store.write(upload);
      ingests.inc({ outcome: 'stored' });
      ingestedBytes.inc(upload.body.length);
      return profile;
    } catch (error) {
      ingests.inc({ outcome: outcomeOf(error) });
      throw error;
    } finally {
      end();
    }
  }

  async merge(source: MergeSource, options: MergeOptions): Promise<Merged | undefined> {
    const { merges, mergedProfiles, mergeDurations } = this.metrics;
    const end = mergeDurations.startTimer();
    try {
      const merged = await this.store.merge(source, { ...options, ...asking() });
      merges.inc({ outcome: merged === undefined ? 'nothing' : 'merged' });
      mergedProfiles.inc(merged?.profiles ?? 0);
      return merged;
    } catch (error) {
      merges.inc({ outcome: outcomeOf(error) });
      throw error;
    } finally {
      end();
    }
  }

  async delete(
    tenant: string,
    what: { readonly id: string } | { readonly selector: Selector },
  ): Promise<number> {
    const deleted = await this.store.delete(tenant, what);
    this.metrics.deletedProfiles.inc(deleted);
    return deleted;
  }

  list(selector: Selector, options?: ListOptions): Promise<readonly StoredProfile[]> {
    return this.counting('list', () => this.store.list(selector, { ...options, ...asking() }));
  }

  read(tenant: string, id: string): Promise<{ profile: StoredProfile; body: Uint8Array } | undefined> {
    return this.counting('read', () => this.store.read(tenant, id));
  }

  series(selector: Selector, names?: readonly string[]): Promise<readonly Labels[]> {
    return this.counting('series', () => this.store.series(selector, names, asking()));
  }

  async *points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
  ): AsyncIterable<readonly SeriesPoint[]> {
    const { queries } = this.metrics;
    try {
      yield* this.store.points(selector, sampleType, groupBy, asking());
      queries.inc({ kind: 'points', outcome: 'answered' });
    } catch (error) {
      queries.inc({ kind: 'points', outcome: outcomeOf(error) });
      throw error;
    }
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.counting('services', () => this.store.services(tenant));
  }

  statistics(tenant: string): Promise<StoreStatistics> {
    return this.counting('statistics', () => this.store.statistics(tenant));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  private async counting<Result>(kind: string, ask: () => Promise<Result>): Promise<Result> {
    const { queries } = this.metrics;
    try {
      const result = await ask();
      queries.inc({ kind, outcome: 'answered' });
      return result;
    } catch (error) {
      queries.inc({ kind, outcome: outcomeOf(error) });
      throw error;
    }
  }
}

/** Whoever sent the request of which this is a part. */
function asking(): Asking {
  return { signal: askersSignal() };
}
