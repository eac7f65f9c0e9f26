// What is refused leaves nothing behind; what is deleted is gone; what is another tenant's is never seen.
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_RAW_BYTES } from '../../src/formats/pprof/open.ts';
import { MAX_PATTERN_LENGTH } from '../../src/store/matching.ts';
import type { Ability, OpenShelf, Shelf } from './shelf.ts';
import { HOUR, SECOND, START } from './shelf.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';

const NOTHING = { profiles: 0, bytes: 0, oldestNanos: undefined, newestNanos: undefined };

async function expectEmpty(shelf: Shelf): Promise<void> {
  expect(await shelf.ids({ fromNanos: 0n })).toEqual([]);
  expect(await shelf.store.services(shelf.tenant)).toEqual([]);
  expect(await shelf.store.statistics(shelf.tenant)).toEqual(NOTHING);
}

export function describeFaults(open: OpenShelf, can: readonly Ability[]): void {
  describe('given a bad upload', () => {
    const whole = Buffer.from(makePprof({ samples: [{ stack: 'main;a', values: [1] }], timeNanos: START }));

    test.each([
      ['an empty body', Buffer.alloc(0)],
      ['what is no profile', Buffer.from('not pprof')],
      ['a profile without samples', makePprof({ samples: [] })],
      ['two profiles one behind the other', Buffer.concat([gunzipSync(whole), gunzipSync(whole)])],
      ['broken gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3])],
    ])('refuses %s, and stores nothing', async (_, body) => {
      const shelf = open();
      await expect(shelf.write({ body })).rejects.toMatchObject({ name: 'StoreError', code: 'malformed' });
      await expectEmpty(shelf);
    });

    test('refuses a profile that was cut short, wherever', async () => {
      const shelf = open();
      for (let end = 0; end < whole.length; end++)
        await expect(shelf.write({ body: whole.subarray(0, end) })).rejects.toMatchObject({
          code: 'malformed',
        });
      await expectEmpty(shelf);
    });

    test('refuses a profile that bursts', async () => {
      const shelf = open();
      const body = gzipSync(Buffer.alloc(MAX_RAW_BYTES + 1), { level: 1 });
      await expect(shelf.write({ body })).rejects.toMatchObject({ name: 'StoreError', code: 'too_large' });
      await expectEmpty(shelf);
    });

    test.each([
      ['is none', 'a=~('],
      ['looks around', 'a=~(?=b)'],
      ['is too long', `a=~${'x'.repeat(MAX_PATTERN_LENGTH + 1)}`],
    ])('refuses an expression that %s', async (_, matcher) => {
      const shelf = open();
      await shelf.write();
      const malformed = { name: 'StoreError', code: 'malformed' };
      await expect(shelf.ids({}, matcher)).rejects.toMatchObject(malformed);
      await expect(shelf.sum({}, matcher)).rejects.toMatchObject(malformed);
      await expect(shelf.store.series(shelf.selector({}, matcher))).rejects.toMatchObject(malformed);
      await expect(shelf.points(shelf.selector({}, matcher), 'cpu', [])).rejects.toMatchObject(malformed);
    });

    test('finds nothing by what is no whole id', async () => {
      const shelf = open();
      const { id } = await shelf.write();
      const odd = ['', 'abc', id.slice(0, 10), `${id}0`, id.toUpperCase(), '../x', "' OR 1=1", '\u0000', '%'];
      for (const text of odd.filter((text) => text !== id)) {
        expect(await shelf.store.read(shelf.tenant, text)).toBeUndefined();
        expect(await shelf.store.delete(shelf.tenant, { id: text })).toBe(0);
      }
      expect(await shelf.ids()).toEqual([id]);
    });
  });

  describe('asked to delete', () => {
    test('forgets a profile by its id, once', async () => {
      const shelf = open();
      const { tenant, store } = shelf;
      const kept = await shelf.write({ service: 'kept' });
      const gone = await shelf.write({ service: 'gone', samples: [{ stack: 'x', values: [1] }] });
      expect(await store.delete(tenant, { id: gone.id })).toBe(1);
      expect(await store.delete(tenant, { id: gone.id })).toBe(0);
      expect(await store.read(tenant, gone.id)).toBeUndefined();
      expect(await shelf.ids()).toEqual([kept.id]);
      expect(await shelf.sum()).toEqual(['main;work=1']);
      expect(await store.services(tenant)).toEqual(['kept']);
      expect(await store.statistics(tenant)).toMatchObject({ profiles: 1, bytes: kept.bytes });
    });

    test('forgets all that a selector means, and nothing else', async () => {
      const shelf = open();
      const { tenant, store } = shelf;
      const old = await shelf.write({ labels: { env: 'test' } });
      await shelf.write({ labels: { env: 'test' }, timeNanos: START + HOUR });
      await shelf.write({ labels: { env: 'test' }, timeNanos: START + HOUR, type: 'heap' });
      const prod = await shelf.write({ labels: { env: 'prod' }, timeNanos: START + 2n * HOUR });
      const selector = shelf.selector({ fromNanos: START + 1n }, 'env=test');
      expect(await store.delete(tenant, { selector })).toBe(2);
      expect(await store.delete(tenant, { selector })).toBe(0);
      expect(await shelf.ids()).toEqual([old.id, prod.id]);
    });

    if (can.includes('expire'))
      test('lets what is too old expire', async () => {
        const shelf = open();
        await shelf.write({ service: 'old' });
        const young = await shelf.write({ service: 'young', timeNanos: START + 48n * HOUR });
        await shelf.traits.expire!(START + 24n * HOUR);
        expect(await shelf.ids()).toEqual([young.id]);
        expect(await shelf.store.services(shelf.tenant)).toEqual(['young']);
      });
  });

  describe('shared by tenants', () => {
    test('shows none what is of another', async () => {
      const mine = open();
      const yours = open();
      const { store } = mine;
      const { id } = await mine.write({ service: 'mine' });
      await yours.write({ service: 'yours', samples: [{ stack: 'yours', values: [1] }] });
      const { tenant } = yours;
      const withSampleLabels = false;
      expect(await store.read(tenant, id)).toBeUndefined();
      expect(await store.delete(tenant, { id })).toBe(0);
      expect(await store.delete(tenant, { selector: mine.selector({ tenant, service: 'mine' }) })).toBe(0);
      expect(await store.services(tenant)).toEqual(['yours']);
      expect(await store.merge({ tenant, ids: [id] }, { withSampleLabels })).toBeUndefined();
      expect(await yours.ids({}, 'service_name=mine')).toEqual([]);
      expect(await yours.sum()).toEqual(['yours=1']);
      expect(await store.statistics(tenant)).toMatchObject({ profiles: 1 });
      expect(await mine.ids()).toEqual([id]);
    });

    test('keeps tenants apart whose names look alike', async () => {
      const shelf = open();
      const tenants = ['t', 't/', 't/svc1', 'T', 't%2F', '..', "t' OR '1'='1", 'ü'];
      for (const tenant of tenants)
        await shelf.store.write({ ...shelf.upload(), tenant: `${shelf.tenant}${tenant}` });
      for (const tenant of tenants) {
        const own = `${shelf.tenant}${tenant}`;
        const found = await shelf.store.list(shelf.selector({ tenant: own }));
        expect(found.map((profile) => profile.tenant)).toEqual([own]);
        expect(await shelf.store.services(own)).toEqual(['svc1']);
      }
      await expectEmpty(shelf);
    });
  });

  describe('asked what it holds', () => {
    test('counts profiles and bytes, and knows the oldest and the newest', async () => {
      const shelf = open();
      const times = [2n, 0n, 1n].map((seconds) => START + seconds * SECOND);
      let bytes = 0;
      for (const timeNanos of times) bytes += (await shelf.write({ timeNanos })).bytes;
      expect(await shelf.store.statistics(shelf.tenant)).toEqual({
        profiles: 3,
        bytes,
        oldestNanos: START,
        newestNanos: START + 2n * SECOND,
      });
    });
  });
}
