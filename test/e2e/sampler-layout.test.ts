// The sampler's table of field offsets is that of PHP's own headers.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { PHPS } from './support/php.ts';

const native = path.join(import.meta.dirname, '../../native');

/** Folders of installed headers, such as /usr/include/php/20220829. */
function findHeaders(): string[] {
  return PHPS.flatMap(({ root, version }) => {
    const folder = path.join(root, 'usr/include/php');
    try {
      return readdirSync(folder).map((api) => path.join(folder, api));
    } catch {
      console.log(`Skipped: no headers of the PHP ${version} here (Debian's php-dev).`);
      return [];
    }
  });
}

const headers = findHeaders();

test.skipIf(headers.length === 0)('every field lies where the headers say', async () => {
  const build = mkdtempSync(path.join(os.tmpdir(), 'spybridge-offsets-'));
  try {
    for (const folder of headers) {
      const make = ['-s', '-C', native, 'offsets', `BUILD=${build}`, `PHP_INCLUDE=${folder}`];
      const { exitCode, all } = await execa('make', make, { all: true, reject: false });
      expect(exitCode, all).toBe(0);
      expect(all).toContain(`.api = ${path.basename(folder)},`);
    }
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
});
