// The folder of the embedded store: made with rights for its owner only, and used by one process at a time.
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { lockSpool } from '../collect/spool-lock.ts';
import type { SpoolLock } from '../collect/spool-lock.ts';
import { SpybridgeError } from '../model/errors.ts';

/** What the kernel says, for people. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'you have no right to write there',
  EPERM: 'you have no right to write there',
  EROFS: 'its file system is read-only',
  EEXIST: 'a file is where a folder should be',
  ENOTDIR: 'a file is where a folder should be',
  ENOSPC: 'the disk is full',
  ENOENT: 'no folder can be made there',
};

/** Throws SpybridgeError('config') where it cannot be used, or another process has it. */
export async function takeDataFolder(folder: string): Promise<SpoolLock> {
  const result = await lock(folder);
  if (result.ok) return result.lock;
  throw new SpybridgeError('config', `--data ${folder} is in use by process ${result.ownerPid}.`, {
    hint: 'Give another folder, or end the other server; a bridge delivers to it with --pyroscope URL.',
  });
}

async function lock(folder: string): ReturnType<typeof lockSpool> {
  try {
    await makeFolder(path.resolve(folder));
    return await lockSpool(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpybridgeError('config', `--data ${folder} cannot be used: ${words[code] ?? code}.`, {
      hint: 'Give --data DIR that you may write (in a container: a volume); with --pyroscope URL a bridge needs none.',
      cause: error,
    });
  }
}

/** With all that is missing above it. Node's own way to do that never ends where the kernel makes no folders (/proc). */
async function makeFolder(folder: string): Promise<void> {
  const isThere = await stat(folder).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (isThere) return;
  if (path.dirname(folder) !== folder) await makeFolder(path.dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
    // Somebody else may have made it meanwhile.
    if (
      !(await stat(folder).then(
        (facts) => facts.isDirectory(),
        () => false,
      ))
    )
      throw error;
  });
}
