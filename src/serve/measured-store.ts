// A store whose writes, merges and deletions are counted, whichever API they come from.
import type { Labels } from '../model/labels.ts';
import type { StoredProfile, Upload } from '../store/profile.ts';
import type { Selector } from '../store/selector.ts';
import type {
  ListOptions,
  Merged,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import type { ServeMetrics } from './serve-metrics.ts';

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

  async merge(
    source: MergeSource,
    options: { readonly withSampleLabels: boolean },
  ): Promise<Merged | undefined> {
    const { merges, mergedProfiles, mergeDurations } = this.metrics;
    const end = mergeDurations.startTimer();
    try {
      const merged = await this.store.merge(source, options);
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
    return this.store.list(selector, options);
  }

  read(tenant: string, id: string): Promise<{ profile: StoredProfile; body: Uint8Array } | undefined> {
    return this.store.read(tenant, id);
  }

  series(selector: Selector, names?: readonly string[]): Promise<readonly Labels[]> {
    return this.store.series(selector, names);
  }

  points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
  ): AsyncIterable<readonly SeriesPoint[]> {
    return this.store.points(selector, sampleType, groupBy);
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.store.services(tenant);
  }

  statistics(tenant: string): Promise<StoreStatistics> {
    return this.store.statistics(tenant);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}

function outcomeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : 'broken';
}
