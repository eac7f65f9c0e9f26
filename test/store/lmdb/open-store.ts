// Stores in temporary folders for tests. Their threads run what the bundler makes of the sources, as they do when installed.
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import type { LmdbStoreOptions } from '../../../src/store/lmdb/lmdb-store.ts';
import { LmdbStore } from '../../../src/store/lmdb/lmdb-store.ts';
import type { StoreUnderTest } from '../contract.ts';

const root = join(import.meta.dirname, '../../..');
// Within the project: what is not bundled is looked for in its node_modules.
const outDir = join(root, '.setup', `store-test-${process.pid}`);
let built: Promise<string> | undefined;

/** The folder with `store-worker.js`, `mortal-worker.js` and `killed-child.js`; gone when this process ends. */
export function buildOnce(): Promise<string> {
  built ??= (async () => {
    process.once('exit', () => {
      rmSync(outDir, { recursive: true, force: true });
    });
    await build({
      input: [
        'src/store/lmdb/store-worker.ts',
        'test/store/lmdb/mortal-worker.ts',
        'test/store/lmdb/killed-child.ts',
      ].map((file) => join(root, file)),
      platform: 'node',
      external: ['lmdb'],
      output: { dir: outDir, format: 'esm' },
      logLevel: 'warn',
    });
    return outDir;
  })();
  return built;
}

export async function workerFile(name: 'store-worker' | 'mortal-worker'): Promise<URL> {
  return pathToFileURL(join(await buildOnce(), `${name}.js`));
}

export async function openStore(dir: string, options: Partial<LmdbStoreOptions> = {}): Promise<LmdbStore> {
  const worker = await workerFile('store-worker');
  return LmdbStore.open({ dir, worker, ...options });
}

export async function makeDir(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'spybridge-store-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** For the contract of every store. */
export async function makeStore(options: Partial<LmdbStoreOptions> = {}): Promise<StoreUnderTest> {
  const { dir, remove } = await makeDir();
  let store = await openStore(dir, options);
  return {
    store,
    dispose: async () => {
      await store.close();
      await remove();
    },
    reopen: async () => {
      await store.close();
      store = await openStore(dir, options);
      return store;
    },
    expire: async (_, beforeNanos) => {
      await store.expire(beforeNanos);
    },
  };
}
