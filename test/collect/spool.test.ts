import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BatchQueue } from '../../src/collect/batch-queue.ts';
import { MAX_DAMAGED_FILES, Spool } from '../../src/collect/spool.ts';
import { spoolFileName } from '../../src/collect/spool-file.ts';
import { Ledger } from '../../src/observe/ledger.ts';
import { plainBatch } from './plain-batch.ts';

const never = new AbortController().signal;
let root: string;
let dir: string;
let batchesDir: string;
let said: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spybridge-spool-'));
  dir = join(root, 'spool');
  batchesDir = join(dir, 'batches');
  said = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function start(limits: { queueBytes?: number; spoolBytes?: number } = {}) {
  const ledger = new Ledger();
  const events = {
    spoolTrouble: (reason: string) => said.push(`trouble ${reason}`),
    spoolRecovered: () => said.push('recovered'),
    spoolDamaged: () => said.push('damaged'),
  };
  const spool = await Spool.open({ dir, limitBytes: limits.spoolBytes ?? 1e7, events });
  const queue = new BatchQueue({ limitBytes: limits.queueBytes ?? 1e7, ledger, spool });
  await queue.replay();
  const push = (batch: ReturnType<typeof plainBatch>): Promise<void> => {
    ledger.receive(batch.samples);
    return queue.push(batch);
  };
  return { spool, queue, ledger, push };
}

const waiting = async (): Promise<string[]> =>
  (await readdir(batchesDir)).filter((name) => name !== 'lock').sort();

describe('spool', () => {
  test('writes each batch ahead, privately, and removes it when its fate is decided', async () => {
    const { queue, push } = await start();
    const batch = plainBatch();
    await push(batch);
    const name = spoolFileName(batch)!;
    expect(await waiting()).toEqual([name]);
    expect((await stat(join(batchesDir, name))).mode & 0o777).toBe(0o600);
    for (const path of [dir, batchesDir]) expect((await stat(path)).mode & 0o777).toBe(0o700);
    await queue.settle((await queue.take(never))!);
    expect(await waiting()).toEqual([]);
    await queue.close();
  });

  test('hands the batches of an earlier run out again, oldest first, and counts them as replayed', async () => {
    const first = await start();
    const batches = [plainBatch(), plainBatch()];
    for (const batch of batches) await first.push(batch);
    const remains = await first.queue.close();
    expect(remains).toEqual({ spooledBatches: 2, spooledSamples: 20, droppedBatches: 0, droppedSamples: 0 });
    expect(first.ledger.totals().pending).toBe(20);

    const second = await start();
    expect(second.ledger.totals()).toMatchObject({ replayed: 20, pending: 20 });
    for (const batch of batches) {
      const taken = (await second.queue.take(never))!;
      expect({ ...taken, body: Uint8Array.from(taken.body) }).toEqual(batch);
    }
    await second.queue.close();
  });

  test('survives kill -9: what was not settled is replayed, what was half written is not', async () => {
    const hooks = join(import.meta.dirname, 'ts-hooks.mjs');
    const args = ['--import', hooks, join(import.meta.dirname, 'spool-child.ts'), dir];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), exited]);
    child.kill('SIGKILL');
    await exited;
    expect(child.signalCode).toBe('SIGKILL');
    const { queue, ledger } = await start();
    const ids = [(await queue.take(never))!.id, (await queue.take(never))!.id];
    expect(ids).toEqual(['on-the-wire', 'waiting']);
    expect(ledger.totals().replayed).toBeGreaterThanOrEqual(20);
    expect((await waiting()).filter((name) => name.startsWith('.tmp'))).toEqual([]);
    await queue.close();
  });

  test('lets bodies leave memory for the disk and loads them again, so that a big spool needs little memory', async () => {
    const { queue, push, ledger } = await start({ queueBytes: 250 });
    const batches = Array.from({ length: 10 }, (_, i) => plainBatch({ body: new Uint8Array(100).fill(i) }));
    for (const batch of batches) await push(batch);
    expect(queue.totals()).toMatchObject({ batches: 10, residentBytes: 200 });
    for (const batch of batches) {
      const taken = (await queue.take(never))!;
      expect([...taken.body]).toEqual([...batch.body]);
      expect(queue.totals().residentBytes).toBeLessThanOrEqual(250);
      await queue.settle(taken);
    }
    expect(ledger.totals().droppedTotal).toBe(0);
    await queue.close();
  });

  test('drops the oldest batch when the disk cap is reached, and counts it', async () => {
    const { queue, push, ledger, spool } = await start({ spoolBytes: 12_000 });
    for (const id of ['a', 'b', 'c']) await push(plainBatch({ id, body: new Uint8Array(4_000) }));
    expect(ledger.totals().dropped.get('spool_full')).toBe(20);
    expect(spool.bytes).toBeLessThanOrEqual(12_000);
    expect((await queue.take(never))?.id).toBe('c');
    await queue.close();
  });

  test('holds the cap at start when it was lowered', async () => {
    const first = await start();
    for (const id of ['a', 'b', 'c']) await first.push(plainBatch({ id, body: new Uint8Array(4_000) }));
    await first.queue.close();
    const second = await start({ spoolBytes: 5_000 });
    expect(second.ledger.totals()).toMatchObject({ replayed: 30, droppedTotal: 20 });
    expect((await second.queue.take(never))?.id).toBe('c');
    await second.queue.close();
  });

  test('moves truncated, changed and foreign files aside, counts what their headers still say, and goes on', async () => {
    const first = await start();
    const [cut, changed, good] = [plainBatch(), plainBatch(), plainBatch()];
    for (const batch of [cut, changed, good]) await first.push(batch);
    await first.queue.close();
    const cutPath = join(batchesDir, spoolFileName(cut)!);
    await writeFile(cutPath, (await readFile(cutPath)).subarray(0, -10));
    const changedPath = join(batchesDir, spoolFileName(changed)!);
    const bytes = await readFile(changedPath);
    bytes[bytes.length - 20]! ^= 1;
    await writeFile(changedPath, bytes);
    await writeFile(join(batchesDir, 'foreign.txt'), 'hello');
    await writeFile(join(batchesDir, '00000000000000000001-empty.batch'), '');
    await symlink('/etc/passwd', join(batchesDir, '00000000000000000002-link.batch'));
    await mkdir(join(batchesDir, '00000000000000000003-dir.batch'));

    const { queue, ledger } = await start();
    expect((await queue.take(never))?.id).toBe(good.id);
    expect(ledger.totals()).toMatchObject({ replayed: 30, droppedTotal: 20, pending: 10 });
    expect(ledger.totals().dropped.get('spool_damaged')).toBe(20);
    expect(said).toEqual(Array.from({ length: 6 }, () => 'damaged'));
    expect(await waiting()).toEqual([spoolFileName(good)]);
    await queue.close();
  });

  test('keeps only the newest damaged files', async () => {
    await (await start()).queue.close();
    for (let i = 0; i < MAX_DAMAGED_FILES + 5; i++) await writeFile(join(batchesDir, `foreign-${i}`), 'x');
    await (await start()).queue.close();
    expect(await readdir(join(dir, 'damaged'))).toHaveLength(MAX_DAMAGED_FILES);
  });

  test('falls back to memory with one warning when the disk refuses, and says when it works again', async () => {
    const { queue, push, ledger, spool } = await start();
    const write = spool as unknown as { writeFile: (name: string, pieces: unknown) => Promise<void> };
    const real = write.writeFile.bind(spool);
    write.writeFile = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    for (const id of ['a', 'b']) await push(plainBatch({ id }));
    expect(said).toEqual(['trouble ENOSPC']);
    expect(spool.bytes).toBe(0);
    write.writeFile = real;
    await push(plainBatch({ id: 'c' }));
    expect(said).toEqual(['trouble ENOSPC', 'recovered']);
    expect((await queue.take(never))?.id).toBe('a');
    expect(ledger.totals().pending).toBe(30);
    expect(await queue.close()).toMatchObject({ spooledSamples: 30, droppedSamples: 0 });
  });

  test('bounds memory and counts the oldest as queue_full while the disk refuses', async () => {
    const { queue, push, ledger, spool } = await start({ queueBytes: 250 });
    await rm(batchesDir, { recursive: true });
    for (const id of ['a', 'b', 'c', 'd']) await push(plainBatch({ id }));
    expect(said).toEqual(['trouble ENOENT']);
    expect(queue.totals().residentBytes).toBe(200);
    expect(ledger.totals().dropped.get('queue_full')).toBe(20);
    expect(spool.bytes).toBe(0);
    expect(await queue.close()).toMatchObject({ droppedSamples: 20 });
    expect(ledger.totals().pending).toBe(0);
  });

  test('counts a batch whose file was removed by hand', async () => {
    const { queue, push, ledger } = await start({ queueBytes: 100 });
    await push(plainBatch({ id: 'a' }));
    await push(plainBatch({ id: 'b' }));
    for (const name of await waiting()) if (name.includes('-b.')) await rm(join(batchesDir, name));
    await queue.settle((await queue.take(never))!);
    const abort = new AbortController();
    const none = queue.take(abort.signal);
    await queue.empty(never);
    abort.abort();
    expect(await none).toBeUndefined();
    expect(ledger.totals().dropped.get('spool_damaged')).toBe(10);
    await queue.close();
  });

  test('has the parts of a split batch on disk before the whole leaves it', async () => {
    const { queue, push, spool } = await start();
    await push(plainBatch({ id: 'whole' }));
    const whole = (await queue.take(never))!;
    const seen: string[][] = [];
    const remove = spool.remove.bind(spool);
    spool.remove = async (facts) => {
      seen.push(await waiting());
      await remove(facts);
    };
    const parts = [plainBatch({ id: 'left' }), plainBatch({ id: 'right' })];
    await queue.replace(whole, parts);
    expect(seen[0]).toEqual([spoolFileName(whole), ...parts.map(spoolFileName)].sort());
    expect(await waiting()).toEqual(parts.map(spoolFileName).sort());
    await queue.close();
  });

  test('never makes a path from a batch id', async () => {
    const { queue, push } = await start();
    await push(plainBatch({ id: '../../escaped' }));
    expect(await waiting()).toEqual([]);
    expect((await queue.take(never))?.id).toBe('../../escaped');
    await queue.close();
    expect(await readdir(root)).toEqual(['spool']);
  });

  test('refuses a second process, a public directory and a file in its place with a sentence', async () => {
    const { queue } = await start();
    await expect(start()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('in use') as string,
    });
    await queue.close();
    await chmod(batchesDir, 0o755);
    await expect(start()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('private') as string,
    });
    dir = join(root, 'file');
    await writeFile(dir, '');
    await expect(start()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('--spool') as string,
    });
  });
});
