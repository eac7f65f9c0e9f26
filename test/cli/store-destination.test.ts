import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { StoreDestination } from '../../src/cli/store-destination.ts';
import type { Batch } from '../../src/model/batch.ts';
import { profileIdOf, secondsOfId } from '../../src/store/id.ts';
import type { StoreErrorCode } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import { makePprof, stacksOf } from '../fixtures/pprof-samples.ts';

const TIME_NANOS = 1_577_836_800_123_456_789n;
const everything = {
  tenant: 'anonymous',
  service: undefined,
  type: undefined,
  fromNanos: 0n,
  untilNanos: 2n ** 62n,
};

function makeBatch(id: string = randomUUID()): Batch {
  const samples = [
    { stack: 'main;a', values: [10], labels: { uri: '/a' } },
    { stack: 'main;b', values: [20], labels: { uri: '/b' } },
  ];
  return {
    ...{ id, type: 'wall', periodNanos: 10, timeNanos: TIME_NANOS, durationNanos: 1n },
    labels: [
      ['env', 'prod'],
      ['service_name', 'shop'],
    ],
    ...{ samples: 3, rows: 2, rawBytes: 100, body: makePprof({ samples, timeNanos: TIME_NANOS }) },
  };
}

test('a batch is one profile of its application, and its tags can be asked for', async () => {
  const store = new MemoryStore();
  const destination = new StoreDestination(store);
  expect(await destination.deliver(makeBatch())).toEqual({ kind: 'delivered' });
  const [profile] = await store.list({ ...everything, matchers: [] });
  expect(profile).toMatchObject({
    service: 'shop',
    type: 'wall',
    labels: [['env', 'prod']],
    createdAtNanos: TIME_NANOS,
  });
  const selector = { ...everything, matchers: [{ name: 'uri', operator: '=', value: '/b' }] } as const;
  const merged = await store.merge({ selector }, { withSampleLabels: false });
  expect(stacksOf(merged!.pprof)).toEqual(['main;b=20']);
});

test('a batch that is delivered again is still one profile; another one of the same time is not', async () => {
  const store = new MemoryStore();
  const batch = makeBatch();
  await new StoreDestination(store).deliver(batch);
  // From the spool, by another process.
  await new StoreDestination(store).deliver({ ...batch });
  expect(await store.statistics('anonymous')).toMatchObject({ profiles: 1 });
  await new StoreDestination(store).deliver(makeBatch());
  expect(await store.statistics('anonymous')).toMatchObject({ profiles: 2 });
});

test('the id of a batch begins with its time', () => {
  const id = profileIdOf(TIME_NANOS, 'name');
  expect(id).toMatch(/^[0-9a-v]{19}[0g]$/);
  expect(secondsOfId(id)).toBe(1_577_836_800);
});

test.each<[StoreErrorCode, string]>([
  ['full', 'retry'],
  ['unavailable', 'retry'],
  ['broken', 'retry'],
  ['too_large', 'too_large'],
  ['malformed', 'rejected'],
])('a store that is %s makes it %s', async (code, kind) => {
  const store = new MemoryStore();
  store.write = () => Promise.reject(new StoreError(code, 'no'));
  expect(await new StoreDestination(store).deliver(makeBatch())).toMatchObject({ kind, reason: 'no' });
});
