// Once for a run of the tests: the threads of the embedded store, and the child that is killed, as the bundler makes them of
// the sources. They run so when they are installed, too.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder with `store-worker.js`, `mortal-worker.js` and `killed-child.js`. */
    readonly storeThreads: string;
  }
}

const THREADS = [
  'src/store/lmdb/store-worker.ts',
  'test/store/lmdb/mortal-worker.ts',
  'test/store/lmdb/killed-child.ts',
];
const root = join(import.meta.dirname, '../../..');

export default async function setup(project: TestProject): Promise<() => void> {
  // Within the folder of the sources: what is not bundled is looked for in its node_modules.
  const dir = join(root, '.setup', `store-threads-${project.name}-${process.pid}`);
  await build({
    input: THREADS.map((file) => join(root, file)),
    platform: 'node',
    external: ['lmdb'],
    output: { dir, format: 'esm' },
    logLevel: 'warn',
  });
  project.provide('storeThreads', dir);
  return () => {
    rmSync(dir, { recursive: true, force: true });
  };
}
