// The sampler's table of field offsets is that of PHP's own headers.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findHeaders } from './support/headers.ts';

const native = path.join(import.meta.dirname, '../../native');

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
