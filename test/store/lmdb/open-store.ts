// Stores in temporary folders for tests, their threads run from the sources.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LmdbStoreOptions } from '../../../src/store/lmdb/lmdb-store.ts';
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';

const execArgv = ['--import', join(import.meta.dirname, 'ts-worker.mjs')];

export function openStore(dir: string, options: Partial<LmdbStoreOptions> = {}): Promise<LmdbStore> {
  return LmdbStore.open({ dir, execArgv, ...options });
}

export async function makeDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'spybridge-store-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
