import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { takeDataFolder } from '../../src/cli/data-folder.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'data-folder-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the data folder', () => {
  test('is made with all that is missing above it, for its owner only', async () => {
    const lock = await takeDataFolder(at('a/b/c'));
    for (const name of ['a', 'a/b', 'a/b/c']) expect(statSync(at(name)).mode & 0o777).toBe(0o700);
    await lock.release();
  });

  test('is that of one process at a time', async () => {
    const lock = await takeDataFolder(at('taken'));
    await expect(takeDataFolder(at('taken'))).rejects.toThrow(`is in use by process ${process.pid}.`);
    await lock.release();
    await (await takeDataFolder(at('taken'))).release();
  });

  test('that is there keeps its mode', async () => {
    const lock = await takeDataFolder(at('open'));
    await lock.release();
    chmodSync(at('open'), 0o750);
    await (await takeDataFolder(at('open'))).release();
    expect(statSync(at('open')).mode & 0o777).toBe(0o750);
  });

  // mkdir's own recursion never ends in /proc.
  test.each([
    ['/proc/spybridge', 'no folder can be made there'],
    [at('file'), 'a file is where a folder should be'],
    [at('file/sub'), 'a file is where a folder should be'],
  ])('that cannot be, %s, is refused with the reason and the way out', async (dir, reason) => {
    writeFileSync(at('file'), '');
    await expect(takeDataFolder(dir)).rejects.toMatchObject({
      code: 'config',
      message: `--data ${dir} cannot be used: ${reason}.`,
      hint: expect.stringContaining('Give --data DIR') as string,
    });
  });
});
