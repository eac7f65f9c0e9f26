// The tests of the server once more, word for word, on the embedded store: one store for all, in which each test has tenants of
// its own.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LmdbStore } from '../../src/store/lmdb/lmdb-store.ts';
import type { Clock } from '../fixtures/fresh-store.ts';
import { standOn } from '../fixtures/fresh-store.ts';
import { TenantStore } from '../fixtures/tenant-store.ts';
import { makeDir, openStore } from '../store/lmdb/open-store.ts';

const SUITES = {
  'serve/server': () => import('../serve/server.test.ts'),
  'serve/guard': () => import('../serve/guard.test.ts'),
  'serve/profefe/answers': () => import('../serve/profefe/answers.test.ts'),
  'serve/profefe/clients': () => import('../serve/profefe/clients.test.ts'),
  'serve/profefe/merge': () => import('../serve/profefe/merge.test.ts'),
  'serve/profefe/query': () => import('../serve/profefe/query.test.ts'),
  'serve/profefe/upload': () => import('../serve/profefe/upload.test.ts'),
  'serve/pyroscope/bounds': () => import('../serve/pyroscope/bounds.test.ts'),
  'serve/pyroscope/bridge': () => import('../serve/pyroscope/bridge.test.ts'),
  'serve/pyroscope/push': () => import('../serve/pyroscope/push.test.ts'),
  'serve/pyroscope/querier': () => import('../serve/pyroscope/querier.test.ts'),
  'serve/pyroscope/render': () => import('../serve/pyroscope/render.test.ts'),
  'serve/pyroscope/statuses': () => import('../serve/pyroscope/statuses.test.ts'),
  'serve/pyroscope/ingest/counted': () => import('../serve/pyroscope/ingest/counted.test.ts'),
  'serve/pyroscope/ingest/pprof': () => import('../serve/pyroscope/ingest/pprof.test.ts'),
};

let place: Awaited<ReturnType<typeof makeDir>>;
let store: LmdbStore;
let now: Clock;
let views = 0;
let writes = 0;

beforeAll(async () => {
  place = await makeDir();
  store = await openStore(place.dir, { now: () => now() });
});
afterAll(async () => {
  await store.close();
  await place.remove();
});

standOn((clock) => new ViewWithClock(clock));

/** The store asks for the time when it is given a profile, before anything else can happen. */
class ViewWithClock extends TenantStore {
  private readonly clock: Clock;

  constructor(clock: Clock) {
    super(store, `view-${(views += 1)}-`);
    this.clock = clock;
  }

  override write(...given: Parameters<TenantStore['write']>): ReturnType<TenantStore['write']> {
    now = this.clock;
    writes += 1;
    return super.write(...given);
  }
}

for (const [name, load] of Object.entries(SUITES))
  describe(`on the embedded store: ${name}`, async () => {
    await load();
  });

test('all of them stood on it', () => {
  expect(Math.min(views, writes)).toBeGreaterThan(300);
});
