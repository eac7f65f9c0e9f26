import { describe, expect, test } from 'vitest';
import type { FollowerTrouble } from '../../src/store/follower.ts';
import type { ManyOptions } from '../../src/store/many.ts';
import { ManyStore } from '../../src/store/many.ts';
import type { Upload } from '../../src/store/profile.ts';
import { StoreError } from '../../src/store/store.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import { describeStore } from './contract.ts';
import { SECOND, Shelf, START } from './shelf.ts';

/** Fails as often as it is told to, or hangs until it is closed. */
class ShakyStore extends MemoryStore {
  failures: (StoreError | 'hang')[] = [];
  attempts = 0;
  private closers: (() => void)[] = [];

  override async write(upload: Upload) {
    await this.trip();
    return super.write(upload);
  }

  override async delete(...args: Parameters<MemoryStore['delete']>) {
    await this.trip();
    return super.delete(...args);
  }

  override close() {
    for (const end of this.closers) end();
    return super.close();
  }

  private async trip() {
    this.attempts += 1;
    const failure = this.failures.shift();
    if (failure === 'hang') {
      await new Promise<void>((resolve) => this.closers.push(resolve));
      throw new StoreError('unavailable', 'closed');
    }
    if (failure !== undefined) throw failure;
  }
}

const AWAY = new StoreError('unavailable', 'away');

function makeMany(options: Partial<ManyOptions> = {}) {
  const [first, second] = [new MemoryStore(), new ShakyStore()];
  const troubles: FollowerTrouble[] = [];
  const report = (trouble: FollowerTrouble) => troubles.push(trouble);
  const store = new ManyStore(first, [{ name: 's3', store: second }], { pauseMs: 1, report, ...options });
  const traits = { reopen: undefined, expire: undefined };
  const shelves = { all: new Shelf(store, 't', traits), second: new Shelf(second, 't', traits) };
  return { store, first, second, troubles, shelves, follower: store.followers[0]! };
}

describeStore('several stores', () => {
  const { store } = makeMany();
  return Promise.resolve({ store, dispose: () => store.close() });
});

describe('a store that follows', () => {
  test('has the same profiles under the same ids, bodies and times', async () => {
    const { shelves, follower } = makeMany();
    await shelves.all.write({
      timeNanos: 0n,
      labels: { a: '1' },
      body: shelves.all.upload({ timeNanos: 0n }).body,
    });
    const samples = [{ stack: 'x', values: [3], labels: { uri: '/a' } }];
    await shelves.all.write({ splitsSeries: true, samples, timeNanos: START + SECOND });
    await follower.settle();
    const everything = shelves.all.selector({ untilNanos: 2n ** 63n });
    const listed = await shelves.all.store.list(everything);
    expect(listed).toHaveLength(2);
    expect(await shelves.second.store.list(everything)).toEqual(listed);
    expect(await shelves.second.sum({}, 'uri=/a')).toEqual(['x=3']);
    expect(follower.counts).toEqual({ written: 2, deleted: 0, retries: 0, gone: 0, lost: 0 });
  });

  test('is not waited for, and gets what it missed when it is back', async () => {
    const { shelves, second, follower, troubles } = makeMany();
    second.failures = Array.from({ length: 30 }, () => AWAY);
    const ids = [];
    for (let i = 0; i < 20; i++) ids.push((await shelves.all.write({ timeNanos: START + BigInt(i) })).id);
    expect(await shelves.all.ids()).toEqual(ids);
    await follower.settle();
    expect(await shelves.second.ids()).toEqual(ids);
    expect(follower.counts).toMatchObject({ written: 20, retries: 30, lost: 0 });
    expect(troubles).toHaveLength(30);
    expect(troubles[0]).toMatchObject({ follower: 's3', error: AWAY, lost: 0 });
  });

  test('does not get what no further attempt would bring in, and says so', async () => {
    const { store, shelves, second, follower, troubles } = makeMany();
    const tooLarge = new StoreError('too_large', 'too large');
    second.failures = [tooLarge];
    await shelves.all.write();
    const kept = await shelves.all.write({ timeNanos: START + SECOND });
    await follower.settle();
    expect(await shelves.second.ids()).toEqual([kept.id]);
    expect(second.attempts).toBe(2);
    expect(troubles).toMatchObject([{ follower: 's3', error: tooLarge, lost: 1 }]);
    expect(follower.counts.lost).toBe(1);
    const labels = { storage: 's3' };
    expect(store.figures()).toEqual([
      { name: 'follower_profiles_total', labels: { ...labels, outcome: 'written' }, value: 1 },
      { name: 'follower_profiles_total', labels: { ...labels, outcome: 'gone' }, value: 0 },
      { name: 'follower_profiles_total', labels: { ...labels, outcome: 'lost' }, value: 1 },
      { name: 'follower_retries_total', labels, value: 0 },
      { name: 'follower_waiting', labels, value: 0 },
    ]);
  });

  test('deletes what the first deletes, after what was written before, and before what comes later', async () => {
    const { shelves, second, follower } = makeMany();
    second.failures = [AWAY, AWAY, AWAY];
    const first = await shelves.all.write();
    await shelves.all.write({ labels: { env: 'test' } });
    expect(await shelves.all.store.delete('t', { id: first.id })).toBe(1);
    expect(await shelves.all.store.delete('t', { selector: shelves.all.selector({}, 'env=test') })).toBe(1);
    const last = await shelves.all.write({ labels: { env: 'test' } });
    await follower.settle();
    expect(await shelves.second.ids()).toEqual([last.id]);
    expect(await shelves.all.ids()).toEqual([last.id]);
  });

  test('passes over what was deleted before its turn came', async () => {
    const { shelves, second, follower } = makeMany();
    second.failures = [AWAY];
    const { id } = await shelves.all.write();
    await shelves.all.store.delete('t', { id });
    await follower.settle();
    expect(follower.counts).toMatchObject({ written: 0, gone: 1, lost: 0 });
    expect(await shelves.second.ids()).toEqual([]);
  });

  test('lets no more wait than it may, and counts what is lost by that', async () => {
    const { shelves, second, follower, troubles, store } = makeMany({ maxWaiting: 3, closeMs: 1 });
    second.failures = ['hang'];
    for (let i = 0; i < 6; i++) await shelves.all.write();
    expect(follower.counts.lost).toBe(2);
    expect(troubles.map(({ lost, error }) => [lost, (error as StoreError).code])).toEqual([[1, 'full'], [1, 'full']]); // prettier-ignore
    await store.close();
    expect(follower.counts).toMatchObject({ written: 0, lost: 6 });
    expect(troubles.reduce((sum, { lost }) => sum + lost, 0)).toBe(6);
  });

  test('has taken what waits when all are closed', async () => {
    const { shelves, second, follower, store } = makeMany();
    second.failures = [AWAY, AWAY];
    for (let i = 0; i < 20; i++) await shelves.all.write();
    await store.close();
    expect(follower.counts).toMatchObject({ written: 20, lost: 0 });
  });

  test('gets nothing that the first one refuses', async () => {
    const { shelves, second, follower } = makeMany();
    await expect(shelves.all.write({ body: Buffer.from('?') })).rejects.toMatchObject({ code: 'malformed' });
    await follower.settle();
    expect(second.attempts).toBe(0);
  });
});
