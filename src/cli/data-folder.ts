// The folder of the embedded store: made with rights for its owner only, and used by one process at a time.
import { mkdir } from 'node:fs/promises';
import { lockSpool } from '../collect/spool-lock.ts';
import type { SpoolLock } from '../collect/spool-lock.ts';
import { SpybridgeError } from '../model/errors.ts';

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
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await lockSpool(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpybridgeError('config', `--data ${folder} cannot be used (${code}).`, {
      hint: 'Give a folder that you may write.',
      cause: error,
    });
  }
}
