// kill -9 of the embedded store at random moments: while it opens, writes, reads, deletes, lets expire and adds up hours.
// SPYBRIDGE_KILL_ROUNDS says how often.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { LmdbStore } from '../../src/store/lmdb/lmdb-store.ts';
import { MemoryStore } from '../fixtures/memory-store.ts';
import type { Question } from '../store/contract-model.ts';
import { ask } from '../store/contract-model.ts';
import { makeDir, openStore } from '../store/lmdb/open-store.ts';
import { Losses } from '../store/lmdb/kill-losses.ts';
import { KILL_TENANT, killUpload } from '../store/lmdb/kill-upload.ts';
import { HOUR, Shelf, START } from '../store/shelf.ts';

const ROUNDS = Number(process.env['SPYBRIDGE_KILL_ROUNDS'] ?? 50);
/** Then the next rounds begin with an empty store, so that comparing does not take ever longer. */
const ROUNDS_PER_STORE = 5;
/** Of what it says; after that it has so many ms left. */
const MAX_LINES = 400;
const MAX_REST_MS = 30;
/** One in so many is killed while it starts. */
const EARLY_EVERY = 6;
const MAX_START_MS = 400;
const RANDOM_QUESTIONS = 3;
const traits = { reopen: undefined, expire: undefined };

const questions: readonly Question[] = [
  { part: {}, matchers: [], limit: 4 },
  { part: { service: 's1' }, matchers: ['k=a'], limit: 1 },
  { part: { type: 'cpu' }, matchers: ['uri=~/[12]', 'k!=a'], limit: 2 },
  { part: { fromNanos: START + HOUR, untilNanos: START + 2n * HOUR }, matchers: [], limit: 9 },
];
const anyTime = fc.bigInt({ min: START, max: START + 3n * HOUR });
const anyQuestion: fc.Arbitrary<Question> = fc.record({
  part: fc.record(
    {
      service: fc.constantFrom('s', 's1', 's10'),
      type: fc.constantFrom('cpu', 'wall'),
      fromNanos: anyTime,
      untilNanos: anyTime,
    },
    { requiredKeys: [] },
  ),
  matchers: fc.array(fc.constantFrom('k=a', 'k!=a', 'uri=/1', 'uri!~/[01]', 'service_name=~s1.*'), {
    maxLength: 2,
  }),
  limit: fc.integer({ min: 1, max: 9 }),
});

let place: Awaited<ReturnType<typeof makeDir>>;
beforeEach(async () => {
  place = await makeDir();
});
afterEach(() => place.remove());

async function killOne(dir: string, isEarly: boolean, losses: Losses): Promise<void> {
  const args = [join(inject('storeThreads'), 'killed-child.js'), dir, String(losses.next)];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(running, 'exit');
  const killWithin = (ms: number): unknown => setTimeout(() => running.kill('SIGKILL'), Math.random() * ms);
  if (isEarly) killWithin(MAX_START_MS);
  let left = Math.floor(Math.random() * MAX_LINES);
  try {
    for await (const line of createInterface({ input: running.stdout })) {
      if (line !== 'ready') losses.hear(line);
      if (left-- === 0) killWithin(MAX_REST_MS);
    }
  } finally {
    running.kill('SIGKILL');
    await exited;
  }
  expect(running.signalCode).toBe('SIGKILL');
  losses.end();
}

async function checkStore(store: LmdbStore, losses: Losses): Promise<void> {
  const [shelf, model] = [store, new MemoryStore()].map((of) => new Shelf(of, KILL_TENANT, traits));
  const listed = await store.list(shelf!.selector());
  const ids = new Set(listed.map(({ id }) => id));
  expect(losses.kept().filter((id) => !ids.has(id))).toEqual([]);
  expect(losses.gone().filter((id) => ids.has(id))).toEqual([]);
  for (const id of losses.gone()) expect(await store.read(KILL_TENANT, id)).toBeUndefined();
  // Also what was never acknowledged, or never said to be gone: it is there wholly or not at all.
  for (const { id, createdAtNanos } of listed) {
    const n = Number(createdAtNanos % 1_000_000_000n);
    expect(losses.numberOf(id) ?? n).toBe(n);
    const upload = killUpload(n);
    const { profile, body } = (await store.read(KILL_TENANT, id))!;
    expect(Buffer.from(body).equals(upload.body), `profile ${n}, ${id}`).toBe(true);
    expect(await model!.store.write({ ...upload, id })).toEqual(profile);
  }
  for (const question of [...questions, ...fc.sample(anyQuestion, RANDOM_QUESTIONS)])
    expect(await ask(shelf!, question), JSON.stringify(question.matchers)).toEqual(
      await ask(model!, question),
    );
}

test(
  `keeps all that it acknowledged, and answers right, after kill -9 at random moments (${ROUNDS} rounds)`,
  { timeout: 60_000 + ROUNDS * 20_000 },
  async () => {
    const all = { written: 0, deleted: 0, expired: 0, selected: 0, sums: 0 };
    let losses = new Losses();
    for (let round = 0; round < ROUNDS; round++) {
      if (round % ROUNDS_PER_STORE === 0) losses = new Losses();
      const dir = join(place.dir, String(Math.floor(round / ROUNDS_PER_STORE)));
      await killOne(dir, round % EARLY_EVERY === EARLY_EVERY - 1, losses);
      const store = await openStore(dir);
      try {
        await checkStore(store, losses);
      } finally {
        await store.close();
      }
      for (const key of Object.keys(all) as (keyof typeof all)[]) all[key] += losses.counts[key];
      losses.forgetCounts();
    }
    console.log(`kill -9, ${ROUNDS} rounds: ${JSON.stringify(all)}`);
    // Else nothing was under load.
    expect(Math.min(...Object.values(all))).toBeGreaterThan(ROUNDS < 10 ? -1 : 0);
    expect(all.written).toBeGreaterThan(10 * ROUNDS);
  },
);
