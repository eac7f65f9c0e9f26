// A store under load that is about to be killed: FOLDER FIRST. Says what was acknowledged, and what it is about to let go.
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { HOUR, START } from '../shelf.ts';
import type { Doom } from './kill-upload.ts';
import { DOOMED_SELECTOR, EXPIRES_BEFORE, KILL_TENANT, killUpload } from './kill-upload.ts';

const IN_FLIGHT = 8;
const [dir, first] = process.argv.slice(2);
const store = await LmdbStore.open({ dir: dir! });
const ids: string[] = [];
let next = Number(first);

/** Into a pipe, which takes it before this returns. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function write(): Promise<never> {
  for (;;) {
    const n = next++;
    const { id } = await store.write(killUpload(n));
    say(`written ${n} ${id}`);
    ids.push(id);
    if (n % 5 !== 0) continue;
    const doomed = ids.splice((n * 13) % ids.length, 1)[0]!;
    say(`deleting ${doomed}`);
    await store.delete(KILL_TENANT, { id: doomed });
    say(`deleted ${doomed}`);
  }
}

async function letGo(): Promise<never> {
  const ways: Record<Doom, () => Promise<number>> = {
    expire: () => store.expire(EXPIRES_BEFORE),
    selector: () => store.delete(KILL_TENANT, { selector: DOOMED_SELECTOR }),
  };
  for (;;)
    for (const [doom, run] of Object.entries(ways)) {
      await pause(40);
      say(`dooming ${doom}`);
      say(`doomed ${doom} ${await run()}`);
    }
}

async function addUp(): Promise<never> {
  for (;;) {
    say(`summed ${await store.rollUp(START + 100n * HOUR)}`);
    await pause(10);
  }
}

/** It is killed in the middle of reading, too. */
async function read(): Promise<never> {
  const all = { tenant: KILL_TENANT, service: undefined, type: undefined, matchers: [] };
  for (;;) {
    const selector = { ...all, fromNanos: START, untilNanos: START + 100n * HOUR };
    await store.merge({ selector }, { withSampleLabels: false }).catch(() => undefined);
    await store.statistics(KILL_TENANT);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

say('ready');
await Promise.all([...Array.from({ length: IN_FLIGHT }, write), letGo(), addUp(), read()]);
