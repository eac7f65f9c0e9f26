// The sampler's fuzz targets: over inputs that are the same in every run, and for a few seconds under libFuzzer.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { CHECKED } from './support/fake-php.ts';
import { whyMissing } from './support/tools.ts';

const native = path.join(import.meta.dirname, '../../native');
const targets = readdirSync(path.join(native, 'fuzz'))
  .filter((name) => name.endsWith('_fuzz.c'))
  .map((name) => name.slice(0, -'_fuzz.c'.length));
const LIMIT_MS = 150_000;
const SECONDS_EACH = 3;

const EMPTY_TARGET =
  'int LLVMFuzzerTestOneInput(const char *data, long size) { return data == 0 && size > 0; }';
const compile = ['clang', '-fsanitize=fuzzer,address,undefined', '-x', 'c', '-', '-o', '/dev/null'];
const missing = whyMissing(
  'no clang with libFuzzer here (Debian: clang and its libclang-rt-VERSION-dev)',
  compile,
  EMPTY_TARGET,
);

const make = (...args: string[]) =>
  execa('make', ['-s', '-C', native, ...args], { all: true, reject: false, timeout: LIMIT_MS });

describe('the fuzz targets', () => {
  test.each(targets)('%s keeps its promises for inputs that are always the same', async (target) => {
    const { all, exitCode } = await make(...CHECKED, `check-${target}_fuzz`);
    expect(exitCode, all).toBe(0);
  });

  test.skipIf(missing !== undefined)('keep their promises under libFuzzer', async () => {
    const { all, exitCode } = await make('-j2', 'fuzz', `SECONDS=${SECONDS_EACH}`);
    expect(exitCode, all).toBe(0);
    expect(all.match(/^fuzz \w+: [1-9]\d* inputs in \d+ s, nothing found$/gm)).toHaveLength(targets.length);
  });
});
