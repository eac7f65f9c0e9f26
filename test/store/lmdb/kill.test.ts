// kill -9 at random moments under load. SPYBRIDGE_KILL_ROUNDS=50 makes it thorough.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { MemoryStore } from '../../fixtures/memory-store.ts';
import type { Question } from '../contract-model.ts';
import { ask } from '../contract-model.ts';
import { HOUR, Shelf, START } from '../shelf.ts';
import { KILL_TENANT, killUpload } from './kill-upload.ts';
import { buildOnce, makeDir, openStore } from './open-store.ts';

const ROUNDS = Number(process.env['SPYBRIDGE_KILL_ROUNDS'] ?? 3);
/** Then the next rounds begin with an empty store, so that comparing does not take ever longer. */
const ROUNDS_PER_STORE = 5;
const MAX_LIFE_MS = 800;
const traits = { reopen: undefined, expire: undefined };

const questions: readonly Question[] = [
  { part: {}, matchers: [], limit: 4 },
  { part: { service: 's1' }, matchers: ['k=a'], limit: 1 },
  { part: { type: 'cpu' }, matchers: ['uri=~/[12]', 'k!=a'], limit: 2 },
  { part: { fromNanos: START + HOUR, untilNanos: START + 2n * HOUR }, matchers: [], limit: 9 },
];

/** What the children of one store have said. */
interface Said {
  readonly written: Map<string, number>;
  readonly deleting: Set<string>;
  readonly deleted: Set<string>;
}

let place: Awaited<ReturnType<typeof makeDir>>;
beforeEach(async () => {
  place = await makeDir();
});
afterEach(() => place.remove());

async function killOne(dir: string, first: number, said: Said): Promise<void> {
  const running = spawn(process.execPath, [join(await buildOnce(), 'killed-child.js'), dir, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(running, 'exit');
  try {
    for await (const line of createInterface({ input: running.stdout })) {
      const [word, ...rest] = line.split(' ');
      if (word === 'ready') setTimeout(() => running.kill('SIGKILL'), Math.random() * MAX_LIFE_MS);
      else if (word === 'written') said.written.set(rest[1]!, Number(rest[0]));
      else if (word === 'deleting') said.deleting.add(rest[0]!);
      else if (word === 'deleted') said.deleted.add(rest[0]!);
    }
  } finally {
    running.kill('SIGKILL');
    await exited;
  }
  expect(running.signalCode).toBe('SIGKILL');
}

async function checkStore(store: LmdbStore, said: Said): Promise<void> {
  for (const [id, n] of said.written) {
    if (said.deleting.has(id)) continue;
    const kept = await store.read(KILL_TENANT, id);
    expect(kept && Buffer.from(kept.body).equals(killUpload(n).body), `profile ${n}, ${id}`).toBe(true);
  }
  for (const id of said.deleted) expect(await store.read(KILL_TENANT, id)).toBeUndefined();
  const [shelf, model] = [store, new MemoryStore()].map((of) => new Shelf(of, KILL_TENANT, traits));
  // Also what was never acknowledged: it is there wholly or not at all.
  for (const { id, createdAtNanos } of await store.list(shelf!.selector())) {
    const n = said.written.get(id) ?? Number(createdAtNanos % 1_000_000_000n);
    const upload = killUpload(n);
    const { profile, body } = (await store.read(KILL_TENANT, id))!;
    expect(Buffer.from(body).equals(upload.body)).toBe(true);
    expect(await model!.store.write({ ...upload, id })).toEqual(profile);
  }
  for (const question of questions) expect(await ask(shelf!, question)).toEqual(await ask(model!, question));
}

test(
  `keeps all that it acknowledged, and answers right, after kill -9 at random moments (${ROUNDS} rounds)`,
  { timeout: 60_000 + ROUNDS * 20_000 },
  async () => {
    let written = 0;
    for (let round = 0; round < ROUNDS; round += ROUNDS_PER_STORE) {
      const dir = join(place.dir, String(round));
      const said: Said = { written: new Map(), deleting: new Set(), deleted: new Set() };
      for (let kill = 0; kill < Math.min(ROUNDS_PER_STORE, ROUNDS - round); kill++) {
        await killOne(dir, Math.max(0, ...said.written.values()) + 100, said);
        const store = await openStore(dir);
        try {
          await checkStore(store, said);
        } finally {
          await store.close();
        }
      }
      written += said.written.size;
    }
    // Else nothing was under load.
    expect(written).toBeGreaterThan(ROUNDS);
  },
);
