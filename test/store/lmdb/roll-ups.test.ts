import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { MIN_PROFILES } from '../../../src/store/lmdb/roll-ups.ts';
import { MemoryStore } from '../../fixtures/memory-store.ts';
import { anyQuestion, anyUpload, ask } from '../contract-model.ts';
import { HOUR, SECOND, Shelf, START } from '../shelf.ts';
import { makeDir, openStore } from './open-store.ts';

const traits = { reopen: undefined, expire: undefined };
const LATER = START + 100n * HOUR;
let place: Awaited<ReturnType<typeof makeDir>>;
let store: LmdbStore;
let tenants = 0;
beforeAll(async () => {
  place = await makeDir();
  store = await openStore(place.dir);
});
afterAll(async () => {
  await store.close();
  await place.remove();
});

function makeShelves(): { shelf: Shelf; model: Shelf } {
  const tenant = `tenant-${++tenants}`;
  return { shelf: new Shelf(store, tenant, traits), model: new Shelf(new MemoryStore(), tenant, traits) };
}

async function fillHour(shelf: Shelf, startNanos = START): Promise<void> {
  for (let i = 0; i < MIN_PROFILES; i++) await shelf.write({ timeNanos: startNanos + BigInt(i) * SECOND });
}

async function headerOf(shelf: Shelf): Promise<unknown> {
  const merged = await shelf.store.merge({ selector: shelf.selector() }, { withSampleLabels: false });
  return merged?.pprof.header;
}

/** All writes of a run are of few services and types, so that hours get full. */
const anyStep = fc.oneof(
  { arbitrary: fc.record({ writes: fc.array(anyUpload, { minLength: 1, maxLength: 6 }) }), weight: 3 },
  { arbitrary: fc.record({ full: anyUpload }), weight: 3 },
  { arbitrary: fc.record({ deletes: fc.nat() }), weight: 1 },
  { arbitrary: fc.record({ rollsUp: fc.constant(true) }), weight: 3 },
  { arbitrary: fc.record({ asks: anyQuestion }), weight: 3 },
);

describe('sums of hours', () => {
  test('are made of hours that are over, and of full ones only', async () => {
    const { shelf } = makeShelves();
    await fillHour(shelf);
    await shelf.write({ timeNanos: START + HOUR });
    await fillHour(shelf, START + 2n * HOUR);
    expect(await store.rollUp(START + 3n * HOUR - 1n)).toBe(1);
    expect(await store.rollUp(LATER)).toBe(1);
    expect(await store.rollUp(LATER)).toBe(0);
  });

  test('are made again after a late profile, and after one is deleted', async () => {
    const { shelf } = makeShelves();
    await fillHour(shelf);
    expect(await store.rollUp(LATER)).toBe(1);
    const { id } = await shelf.write({ timeNanos: START });
    expect(await shelf.sum()).toEqual([`main;work=${MIN_PROFILES + 1}`]);
    expect(await store.rollUp(LATER)).toBe(1);
    expect(await shelf.sum()).toEqual([`main;work=${MIN_PROFILES + 1}`]);
    await store.delete(shelf.tenant, { id });
    expect(await shelf.sum()).toEqual([`main;work=${MIN_PROFILES}`]);
    expect(await store.rollUp(LATER)).toBe(1);
    expect(await shelf.sum()).toEqual([`main;work=${MIN_PROFILES}`]);
  });

  test('and a start of the store get by with the last nanosecond that there is', async () => {
    const folder = await makeDir();
    const end = 2n ** 63n - 1n;
    let opened = await openStore(folder.dir);
    try {
      await fillHour(new Shelf(opened, 'tenant', traits), end - BigInt(MIN_PROFILES - 1) * SECOND);
      await opened.close();
      opened = await openStore(folder.dir);
      const shelf = new Shelf(opened, 'tenant', traits);
      expect(await opened.rollUp(2n ** 64n)).toBe(1);
      for (const fromNanos of [0n, end - HOUR])
        expect(await shelf.sum({ fromNanos, untilNanos: end })).toEqual([`main;work=${MIN_PROFILES}`]);
    } finally {
      await opened.close();
      await folder.remove();
    }
  });

  test('serve only windows that hold the whole hour', async () => {
    const { shelf } = makeShelves();
    await fillHour(shelf);
    await store.rollUp(LATER);
    expect(await shelf.sum({ fromNanos: START, untilNanos: START + HOUR - 1n })).toEqual([
      `main;work=${MIN_PROFILES}`,
    ]);
    expect(await shelf.sum({ fromNanos: START + SECOND })).toEqual([`main;work=${MIN_PROFILES - 1}`]);
    expect(await shelf.sum({ untilNanos: START + SECOND })).toEqual(['main;work=2']);
  });

  test('change no answer, whatever was written, deleted and asked in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 12 }), async (steps) => {
        const { shelf, model } = makeShelves();
        const ids: string[] = [];
        const write = async (upload: Parameters<Shelf['write']>[0]): Promise<void> => {
          const { id } = await model.write(upload);
          ids.push(id);
          await shelf.write({ ...upload, id });
        };
        for (const step of steps) {
          if ('writes' in step) for (const upload of step.writes) await write(upload);
          else if ('full' in step) for (let i = 0; i < MIN_PROFILES; i++) await write(step.full);
          else if ('rollsUp' in step) await store.rollUp(LATER);
          else if ('asks' in step) expect(await ask(shelf, step.asks)).toEqual(await ask(model, step.asks));
          else if (ids.length > 0)
            for (const of of [shelf, model])
              await of.store.delete(of.tenant, { id: ids[step.deletes % ids.length]! });
        }
        const all = { part: {}, matchers: [], limit: 3 };
        expect(await ask(shelf, all)).toEqual(await ask(model, all));
        expect(await headerOf(shelf)).toEqual(await headerOf(model));
      }),
      { numRuns: 25 },
    );
  });
});
