// The directories of a spool: DIR/batches for what waits, DIR/damaged for what could not be read. Both 0700 and ours:
// DIR itself may be a shared place (/tmp, a mounted volume), so it is left as it is.
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SpybridgeError } from '../model/errors.ts';

export interface SpoolDirs {
  readonly batches: string;
  readonly damaged: string;
}

/** Makes what is missing. Throws a SpybridgeError (`config`) for a place that is no directory, not ours, or not writable. */
export async function openSpoolDirs(dir: string): Promise<SpoolDirs> {
  const dirs = { batches: join(dir, 'batches'), damaged: join(dir, 'damaged') };
  try {
    await makeFolder(dir);
    await makePrivate(dirs.batches);
    await makePrivate(dirs.damaged);
  } catch (error) {
    if (error instanceof SpybridgeError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SpybridgeError('config', `--spool ${dir} can't be used: ${reason}.`, {
      hint: 'Name a directory in a folder that is there and that this user may write to, or leave the option out.',
      cause: error,
    });
  }
  return dirs;
}

async function makePrivate(path: string): Promise<void> {
  await makeFolder(path);
  const facts = await lstat(path);
  const uid = process.getuid?.() ?? facts.uid;
  if (facts.isDirectory() && facts.uid === uid && (facts.mode & 0o077) === 0) return;
  throw new SpybridgeError('config', `${path} is not a private directory of this user.`, {
    hint: 'Profiles hold URLs of your users: make it owned by this user with mode 0700, or name another --spool.',
  });
}

/** One level only: Node's recursive form never ends under /proc. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}
