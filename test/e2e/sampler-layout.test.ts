// The sampler's table of field offsets is that of PHP's own headers.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findHeaders } from './support/headers.ts';

const native = path.join(import.meta.dirname, '../../native');
const headers = findHeaders();

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
