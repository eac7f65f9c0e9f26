import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockSpool } from '../../src/collect/spool-lock.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spybridge-lock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** The lock that this process would write, with changes. */
async function writeLock(change: Record<string, unknown>): Promise<void> {
  const result = await lockSpool(dir);
  const mine = JSON.parse(await readFile(join(dir, 'lock'), 'utf8')) as Record<string, unknown>;
  if (result.ok) await result.lock.release();
  await writeFile(join(dir, 'lock'), JSON.stringify({ ...mine, ...change }));
}

describe('spool lock', () => {
  test('is held by one owner at a time and free after its release', async () => {
    const first = await lockSpool(dir);
    expect(await lockSpool(dir)).toEqual({ ok: false, ownerPid: process.pid });
    if (first.ok) await first.lock.release();
    const again = await lockSpool(dir);
    expect(again.ok).toBe(true);
    if (again.ok) await again.lock.release();
    expect(await readdir(dir)).toEqual([]);
  });

  test('is taken over from a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeLock({ pid: child.pid });
    expect((await lockSpool(dir)).ok).toBe(true);
  });

  test('is taken over when its pid now belongs to another process, as in containers', async () => {
    await writeLock({ startTime: '1' });
    expect((await lockSpool(dir)).ok).toBe(true);
  });

  test('is taken over after a reboot', async () => {
    await writeLock({ bootId: 'another' });
    expect((await lockSpool(dir)).ok).toBe(true);
  });

  test('is taken over when torn or foreign', async () => {
    for (const text of ['', '{"pid":', 'null', '{"pid":-1}', '[]']) {
      await writeFile(join(dir, 'lock'), text);
      const result = await lockSpool(dir);
      expect(result.ok).toBe(true);
      if (result.ok) await result.lock.release();
    }
  });

  test('of another pid namespace is respected while it is touched, and taken over when it falls silent', async () => {
    await writeLock({ pidNamespace: 'pid:[1]', pid: 1 });
    let tick = 1;
    const beat = setInterval(() => void utimes(join(dir, 'lock'), tick, ++tick), 20);
    expect(await lockSpool(dir, 200)).toEqual({ ok: false, ownerPid: 1 });
    clearInterval(beat);
    expect((await lockSpool(dir, 100)).ok).toBe(true);
  });

  test('goes to exactly one of many that find a stale one', async () => {
    await writeLock({ startTime: '1' });
    const results = await Promise.all(Array.from({ length: 8 }, () => lockSpool(dir)));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
  });
});
