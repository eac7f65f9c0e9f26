// The sampler's own tests in C and shell, each as one test; once more with address and undefined-behaviour checks.
import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';

const native = path.join(import.meta.dirname, '../../native');
const programs = ['apache_test', 'elf_test', 'pieces_test', 'sinks_test', 'walk_test', 'command_line'];

describe.each([
  ['as users run it', 'build', []],
  [
    'with address and undefined-behaviour checks',
    'build/asan',
    ['CFLAGS=-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'],
  ],
])('the sampler %s', (_, build, flags) => {
  test.each(programs)('passes %s', async (program) => {
    const { all, exitCode } = await execa(
      'make',
      ['-s', '-C', native, `BUILD=${build}`, ...flags, `check-${program}`],
      { all: true, reject: false },
    );
    expect(exitCode, all).toBe(0);
  });
});
