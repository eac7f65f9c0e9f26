// The server on a small disk (a tmpfs): the oldest profiles make room, and the store can always delete and open.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makePprof } from '../fixtures/pprof-samples.ts';
import { serverRuns } from './support/server-run.ts';

const MIB = 1_048_576;
const DISK_MIB = 160;
const disk = mkdtempSync(path.join(tmpdir(), 'small-disk-'));
const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'none', disk]).status === 0;
if (!canMount) console.log('Skipped: a small disk cannot be mounted here (needs root).');
const start = serverRuns();
const data = path.join(disk, 'store');
const ALL = 'service=s&from=0&to=now%2B1h';

afterAll(() => {
  if (canMount) spawnSync('umount', ['--lazy', disk]);
  rmSync(disk, { recursive: true });
});

/** Every profile has functions of its own: symbols are most of what it takes. */
function bodyOf(number: number): Uint8Array {
  const samples = Array.from({ length: 400 }, (_, i) => ({
    stack: `main;App\\Generated\\Class${number}::method${i}`,
    values: [1 + i],
  }));
  return makePprof({ samples });
}

/** How many were taken, and the statuses of the others. */
async function uploadMany(url: string, from: number, count: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let next = from;
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const body = Buffer.from(bodyOf(next++));
      const { status } = await fetch(`${url}/api/0/profiles?service=s&type=cpu`, { method: 'POST', body });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return statuses;
}

const freeBytes = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;

async function expired(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^spybridge_store_expired_profiles_total\{.*reason="size".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

describe.runIf(canMount)('a server on a small disk', () => {
  test('lets the oldest go before the disk is full, keeps room for that, and opens again after kill -9', async () => {
    const { run, url } = await start(['--write-rate', '0'], data);
    expect(run.lines.find(({ event }) => event === 'retention_fitted')).toBeDefined();
    let uploads = 0;
    // More than the disk could hold; what is refused meanwhile is told so.
    for (const statuses: number[] = []; uploads < 6_000; uploads += 500) {
      statuses.push(...(await uploadMany(url, uploads, 500)).keys());
      for (const status of statuses) expect([200, 507]).toContain(status);
      expect(freeBytes()).toBeGreaterThan(8 * MIB);
    }
    await expect.poll(() => expired(url), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => uploadMany(url, uploads++, 1), { timeout: 30_000 }).toEqual(new Map([[200, 1]]));
    run.kill('SIGKILL');
    await run.exitCode;
    const again = await start(['--write-rate', '0'], data);
    expect((await fetch(`${again.url}/api/0/profiles?${ALL}&limit=10`)).status).toBe(200);
    expect(await uploadMany(again.url, uploads, 1)).toEqual(new Map([[200, 1]]));
  });
});
