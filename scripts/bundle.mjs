// Bundles the program and its libraries: Node opens hundreds of their files at every start, which takes longer than all the
// rest of it. What is imported late stays in files of its own.
import { build } from 'rolldown';

await build({
  // The store's threads are started from a file of their own.
  input: ['src/cli/main.ts', 'src/index.ts', 'src/store/lmdb/store-worker.ts'],
  // It loads its native part from beside its own files.
  external: ['lmdb'],
  platform: 'node',
  // Bottleneck asks for its Redis clients by eval, only where a store in Redis is wanted; we want none.
  checks: { eval: false },
  // Two levels below the root, as the sources are: paths to package.json and native/ are the same from both.
  output: { dir: 'dist/app', format: 'esm', sourcemap: true, cleanDir: true },
  logLevel: 'warn',
});
