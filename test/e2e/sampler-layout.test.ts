// The sampler's table of field offsets is that of PHP's own headers.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { HOST, PHPS } from './support/php.ts';

const repository = path.join(import.meta.dirname, '../..');
const native = path.join(repository, 'native');

/** Folders that may hold headers, and whose: scripts/php-roots.sh fetches what is not installed. */
const FOLDERS = [
  ...PHPS.map(({ root, version }) => ({ version, folder: path.join(root, 'usr/include/php') })),
  { version: HOST.version, folder: path.join(repository, '.setup/headers/usr/include/php') },
];

const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

const headers = new Map(
  FOLDERS.flatMap(({ folder }) => list(folder).map((api) => [api, path.join(folder, api)])),
);

for (const version of new Set(FOLDERS.map((one) => one.version)))
  if (!FOLDERS.some((one) => one.version === version && list(one.folder).length > 0))
    console.log(`Skipped: no headers of the PHP ${version} here (Debian's php-dev).`);

if (headers.size === 0) test.skip('every field lies where the headers say');

test.each([...headers])('every field lies where the headers of API %s say', async (api, folder) => {
  const build = mkdtempSync(path.join(os.tmpdir(), 'spybridge-offsets-'));
  try {
    const make = ['-s', '-C', native, 'offsets', `BUILD=${build}`, `PHP_INCLUDE=${folder}`];
    const { exitCode, all } = await execa('make', make, { all: true, reject: false });
    expect(exitCode, all).toBe(0);
    expect(all).toContain(`.api = ${api},`);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
});
