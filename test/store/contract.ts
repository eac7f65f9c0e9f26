// What every store must do, whatever it keeps profiles in: the cases of profefe's suite, and those in which profefe was wrong.
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { ProfileStore } from '../../src/store/store.ts';
import { describeFaults } from './contract-faults.ts';
import { describeModel } from './contract-model.ts';
import { describeQueries } from './contract-queries.ts';
import { describeSeries } from './contract-series.ts';
import { describeSums } from './contract-sums.ts';
import type { Ability, OpenShelf } from './shelf.ts';
import { Shelf } from './shelf.ts';

export interface StoreUnderTest {
  readonly store: ProfileStore;
  /** Lets go of the store's data, too; called once, also after failures. */
  dispose(): Promise<void>;
  /** Closes the store and opens its data again: the promise is the new store. For those that keep data. */
  readonly reopen?: () => Promise<ProfileStore>;
  /** Lets all profiles taken before this time expire. For those that have it. */
  readonly expire?: (store: ProfileStore, beforeNanos: bigint) => Promise<unknown>;
}

const ABILITIES: readonly Ability[] = ['reopen', 'expire'];

/** One store for all cases; each case has a tenant of its own. What it can do decides which cases there are. */
export function describeStore(
  name: string,
  make: () => Promise<StoreUnderTest>,
  can: readonly Ability[] = [],
): void {
  describe(`${name}, as every store,`, () => {
    let opened: StoreUnderTest | undefined;
    let store: ProfileStore;
    let cases = 0;

    beforeAll(async () => {
      opened = await make();
      store = opened.store;
      for (const ability of ABILITIES)
        expect([ability, ability in opened]).toEqual([ability, can.includes(ability)]);
    });

    afterAll(async () => {
      await opened?.dispose();
    });

    const open: OpenShelf = () => {
      cases += 1;
      const { reopen, expire } = opened!;
      return new Shelf(store, `tenant-${cases}`, {
        reopen:
          reopen &&
          (async () => {
            store = await reopen();
            return store;
          }),
        expire: expire && ((beforeNanos) => expire(store, beforeNanos)),
      });
    };

    describeQueries(open, can);
    describeSums(open);
    describeSeries(open);
    describeFaults(open, can);
    describeModel(open);
  });
}
