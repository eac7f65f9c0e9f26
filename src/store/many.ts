// Several stores as one: the first answers, and the others follow with the same profiles under the same ids.
import type { Labels } from '../model/labels.ts';
import type { FollowerTask } from './follower.ts';
import { Follower } from './follower.ts';
import type { FollowerOptions } from './follower.ts';
import type { StoredProfile, Upload } from './profile.ts';
import type { Selector } from './selector.ts';
import type { Figure } from './figures.ts';
import type {
  Asking,
  ListOptions,
  Merged,
  MergeOptions,
  MergeSource,
  ProfileStore,
  SeriesPoint,
  StoreStatistics,
} from './store.ts';

export interface ManyOptions extends Omit<FollowerOptions, 'name'> {
  /** That followers have at the end to take what waits. */
  readonly closeMs?: number;
}

const CLOSE_MS = 10_000;

/**
 * A write is good when the first store has it: a follower that is slow or away holds nobody up. What waits for one is in
 * memory, and lost when the process is killed.
 */
export class ManyStore implements ProfileStore {
  readonly followers: readonly Follower[];
  private readonly first: ProfileStore;
  private readonly closeMs: number;

  constructor(
    first: ProfileStore,
    others: readonly { readonly name: string; readonly store: ProfileStore }[],
    { closeMs = CLOSE_MS, ...options }: ManyOptions,
  ) {
    this.first = first;
    this.closeMs = closeMs;
    this.followers = others.map(({ name, store }) => new Follower(first, store, { ...options, name }));
  }

  async write(upload: Upload): Promise<StoredProfile> {
    const profile = await this.first.write(upload);
    const { id, tenant, service, type, labels, createdAtNanos } = profile;
    const { splitsSeries } = upload;
    this.give({ upload: { id, tenant, service, type, labels, createdAtNanos, splitsSeries } });
    return profile;
  }

  list(selector: Selector, options?: ListOptions): Promise<readonly StoredProfile[]> {
    return this.first.list(selector, options);
  }

  read(tenant: string, id: string): Promise<{ profile: StoredProfile; body: Uint8Array } | undefined> {
    return this.first.read(tenant, id);
  }

  merge(source: MergeSource, options: MergeOptions): Promise<Merged | undefined> {
    return this.first.merge(source, options);
  }

  series(selector: Selector, names?: readonly string[], asking?: Asking): Promise<readonly Labels[]> {
    return this.first.series(selector, names, asking);
  }

  points(
    selector: Selector,
    sampleType: string,
    groupBy: readonly string[],
    asking?: Asking,
  ): AsyncIterable<readonly SeriesPoint[]> {
    return this.first.points(selector, sampleType, groupBy, asking);
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.first.services(tenant);
  }

  /** How many the first store had; the others may still have what it has let go of by age. */
  async delete(
    tenant: string,
    what: { readonly id: string } | { readonly selector: Selector },
  ): Promise<number> {
    const deleted = await this.first.delete(tenant, what);
    this.give({ tenant, what });
    return deleted;
  }

  statistics(tenant: string): Promise<StoreStatistics> {
    return this.first.statistics(tenant);
  }

  /** Those of all stores: each names the storage that it is of. */
  figures(): readonly Figure[] {
    return [this.first, ...this.followers].flatMap((store) => store.figures?.() ?? []);
  }

  /** The followers first: they read from it what they still have to take. */
  async close(): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.close(this.closeMs)));
    await this.first.close();
  }

  private give(task: FollowerTask): void {
    for (const follower of this.followers) follower.give(task);
  }
}
