// A store under load that is about to be killed: FOLDER FIRST. Says what was acknowledged, and what it is about to delete.
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import { HOUR, START } from '../shelf.ts';
import { KILL_TENANT, killUpload } from './kill-upload.ts';

const IN_FLIGHT = 8;
const [dir, first] = process.argv.slice(2);
const store = await LmdbStore.open({ dir: dir! });
const ids: string[] = [];
let next = Number(first);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function work(): Promise<never> {
  for (;;) {
    const n = next++;
    const { id } = await store.write(killUpload(n));
    say(`written ${n} ${id}`);
    ids.push(id);
    if (n % 20 === 0) void store.rollUp(START + 100n * HOUR);
    if (n % 5 !== 0) continue;
    const doomed = ids.splice((n * 13) % ids.length, 1)[0]!;
    say(`deleting ${doomed}`);
    await store.delete(KILL_TENANT, { id: doomed });
    say(`deleted ${doomed}`);
  }
}

say('ready');
await Promise.all(Array.from({ length: IN_FLIGHT }, work));
