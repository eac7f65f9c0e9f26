// The sampler for arm64: compiled without a warning, its tests run by qemu, its table compared with PHP's headers. No
// process is read: qemu has no process_vm_readv, which the sampler says.
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findHeaders } from './support/headers.ts';
import { whyMissing } from './support/tools.ts';

const native = path.join(import.meta.dirname, '../../native');
const root = '/usr/aarch64-linux-gnu';
const missing =
  whyMissing(
    'no compiler for arm64 here (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross)',
    ['aarch64-linux-gnu-gcc', '-x', 'c', '-', '-o', '/dev/null'],
    '#include <stdio.h>\nint main(void) { return puts(""); }',
  ) ?? whyMissing('no qemu for arm64 here (Debian: qemu-user-static)', ['qemu-aarch64-static', '--version']);
const check = test.skipIf(missing !== undefined);

check('compiles for arm64 without a warning and passes its tests there', async () => {
  const { all, exitCode } = await execa('make', ['-s', '-j2', '-C', native, 'arm64'], {
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);
  expect(all).toBe('');
});

check('says on arm64 what an emulator does not have', async () => {
  const sampler = ['-L', root, path.join(native, 'build/arm64/sampler')];
  const { stderr, exitCode } = await execa('qemu-aarch64-static', [...sampler, '-p', String(process.pid)], {
    reject: false,
  });
  expect(stderr).toMatch(/^sampler: Process \d+: This kernel or sandbox has no process_vm_readv\.$/);
  expect(exitCode).toBe(69);
});

const headers = missing === undefined ? [...findHeaders().values()] : [];

test.skipIf(headers.length === 0)('every field lies on arm64 where the headers say', async () => {
  for (const folder of headers) {
    const { all, exitCode } = await execa(
      'make',
      ['-s', '-C', native, 'arm64-offsets', `PHP_INCLUDE=${folder}`],
      { all: true, reject: false },
    );
    expect(exitCode, all).toBe(0);
    expect(all).toContain(`.api = ${path.basename(folder)},`);
  }
});
