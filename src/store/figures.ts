// What stores count of themselves: the names, and how a store keeps them.

/** Kind and help of each; its labels stand behind. */
export const FIGURES = {
  store_expired_profiles_total: [
    'counter',
    'Profiles that were deleted unasked, by why.',
    ['storage', 'reason'],
  ],
  store_rolled_up_hours_total: [
    'counter',
    'Hours whose profiles were added up ahead of queries.',
    ['storage'],
  ],
  store_upkeep_failures_total: ['counter', 'Rounds of deleting and adding up that have failed.', ['storage']],
  store_thread_restarts_total: ['counter', 'Threads of the embedded store that have died.', ['thread']],
  store_bounds_hit_total: [
    'counter',
    'What a bound of a store has refused or cut, by bound.',
    ['storage', 'bound'],
  ],
  store_disk_bytes: ['gauge', 'Size of the file of the embedded store.', ['storage']],
  storage_requests_total: [
    'counter',
    'Requests to the storage behind a store, further attempts included.',
    ['storage'],
  ],
  storage_retries_total: ['counter', 'Further attempts after one that had failed.', ['storage']],
  storage_failures_total: ['counter', 'Requests that were given up.', ['storage']],
  follower_profiles_total: [
    'counter',
    'Profiles for a storage that follows, by what became of them.',
    ['storage', 'outcome'],
  ],
  follower_retries_total: [
    'counter',
    'Attempts of a storage that follows which will be made again.',
    ['storage'],
  ],
  follower_waiting: ['gauge', 'Writes and deletions that a storage has still to follow with.', ['storage']],
} as const satisfies Record<string, readonly ['counter' | 'gauge', help: string, labels: readonly string[]]>;

export type FigureName = keyof typeof FIGURES;

export interface Figure {
  readonly name: FigureName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Counters that begin at 0 when they are first touched. */
export class Tally {
  private readonly counted = new Map<string, Figure>();

  add(name: FigureName, labels: Figure['labels'], value = 1): void {
    const key = JSON.stringify([name, labels]);
    const before = this.counted.get(key)?.value ?? 0;
    this.counted.set(key, { name, labels, value: before + value });
  }

  figures(): readonly Figure[] {
    return [...this.counted.values()];
  }
}
