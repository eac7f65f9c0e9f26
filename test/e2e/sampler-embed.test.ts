// PHP inside of another program, as a library: linked to it, or loaded when it runs.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, test } from 'vitest';
import { HOST, makeFolder, start } from './support/php.ts';
import { runSampler } from './support/sampler-run.ts';
import { cutShort, expectOnly, expectWhole, SHAPES } from './support/shapes.ts';

const source = path.join(import.meta.dirname, '../fixtures/embed/host.c');
const library = findLibrary();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function findLibrary(): string {
  const [name] = readdirSync('/usr/lib').filter((file) => /^libphp\d+\.\d+\.so$/.test(file));
  if (name === undefined) console.log("Skipped: no libphp here (Debian's libphp-embed).");
  return `/usr/lib/${name ?? ''}`;
}

test.skipIf(!existsSync(library) || library === '/usr/lib/').each([
  { how: 'linked to it', options: ['-DLINKED', library], arguments_: [] },
  { how: 'loaded when it runs', options: ['-ldl'], arguments_: [library] },
])('a program that has PHP $how is sampled', async ({ options, arguments_ }) => {
  const folder = makeFolder(HOST);
  cleanups.push(folder.remove);
  const program = path.join(folder.outside, 'host');
  execFileSync('gcc', ['-Wall', '-Werror', '-o', program, source, ...options]);
  const host = start(HOST, [program, `${folder.inside}/shapes.php`, ...arguments_]);
  cleanups.push(() => host.stop());

  const result = await runSampler(['-P', `^${program}$`, '-H', '499', '-l', '1500']);
  // The program's own line of PHP is the root; it includes the script.
  expectOnly(result.samples, cutShort(SHAPES, '<main>;<main>').add('<main>'));
  expectWhole(result);
});
