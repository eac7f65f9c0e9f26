// One case of the store's benchmark in a process of its own, so that its peak memory is its own: CASE FOLDER. Prints its figures.
import { LmdbStore } from '../../src/store/lmdb/lmdb-store.ts';
import type { Selector } from '../../src/store/selector.ts';
import type { Upload } from '../../src/store/profile.ts';
import type { Figures } from './figures.ts';
import { makeBody, makeBomb, makeUpload, SERVICE, TENANT, USUAL } from './inputs.ts';

const PROFILES = 1_000;
/** Uploads on their way at the same time. */
const IN_FLIGHT = 32;
const everything: Selector = {
  ...{ tenant: TENANT, service: SERVICE, type: 'wall', matchers: [] },
  ...{ fromNanos: 0n, untilNanos: 2n ** 62n },
};
const figures: Figures[] = [];

async function measure<Result>(step: string, work: () => Promise<Result>): Promise<Result> {
  const before = { cpu: process.cpuUsage(), at: performance.now(), peak: peakMb() };
  const result = await work();
  const { user, system } = process.cpuUsage(before.cpu);
  figures.push({
    step,
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now() - before.at,
    peakMb: peakMb(),
    addedMb: peakMb() - before.peak,
  });
  return result;
}

/** Of the whole process, with its threads and the pages of the store that are mapped. */
function peakMb(): number {
  return process.resourceUsage().maxRSS / 1_024;
}

async function writeAll(store: LmdbStore, uploads: readonly Upload[]): Promise<void> {
  const left = [...uploads];
  const work = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await store.write(next);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

async function points(store: LmdbStore): Promise<number> {
  let count = 0;
  for await (const page of store.points(everything, 'wall', ['uri'])) count += page.length;
  return count;
}

const cases: Readonly<Record<string, (store: LmdbStore) => Promise<unknown>>> = {
  ingest: async (store) => {
    const uploads = Array.from({ length: PROFILES }, (_, i) => makeUpload(makeBody(USUAL, i)));
    await measure('ingest 1,000 profiles, durably', () => writeAll(store, uploads));
  },
  /** Of what `ingest` has left in the folder. */
  merge: async (store) => {
    const merge = () => store.merge({ selector: everything }, { withSampleLabels: false });
    const merged = await measure('merge 1,000 profiles, first time', merge);
    if (merged?.profiles !== PROFILES) throw new Error(`merged ${merged?.profiles ?? 0} profiles`);
    await measure('merge 1,000 profiles, again', merge);
    await measure('points of 1,000 profiles', () => points(store));
    await measure('list 1,000 profiles', () => store.list(everything));
  },
  bomb: async (store) => {
    const upload = makeUpload(makeBomb());
    const refused = measure('refuse a gzip bomb of 389 KB', () =>
      store.write(upload).then(
        () => 'stored',
        (error: unknown) => (error as { code?: string }).code,
      ),
    );
    if ((await refused) !== 'too_large') throw new Error(`the bomb was not refused: ${await refused}`);
  },
  labels: async (store) => {
    const shape = { ...USUAL, samples: 30_000, uris: 10_000 };
    const upload = makeUpload(makeBody(shape, 0), true);
    await measure('ingest one profile with 10,000 label sets', () => store.write(upload));
    const one: Selector = { ...everything, matchers: [{ name: 'uri', operator: '=', value: '/product/77' }] };
    await measure('merge one of 10,000 label sets', () =>
      store.merge({ selector: one }, { withSampleLabels: false }),
    );
    await measure('merge 10,000 label sets, with labels', () =>
      store.merge({ selector: everything }, { withSampleLabels: true }),
    );
    await measure('series of 10,000 label sets', () => store.series(everything));
    await measure('points by 10,000 label sets', () => points(store));
  },
  samples: async (store) => {
    const upload = makeUpload(makeBody({ samples: 1_000_000, depth: 20, stacks: 1_000_000 }, 0));
    await measure('ingest one profile with 1,000,000 samples', () => store.write(upload));
    await measure('merge 1,000,000 samples', () =>
      store.merge({ selector: everything }, { withSampleLabels: false }),
    );
  },
};

const [name, dir] = process.argv.slice(2);
const store = await LmdbStore.open({ dir: dir! });
await cases[name!]!(store);
await store.close();
process.stdout.write(JSON.stringify(figures));
