// Disk store of sealed batches: one file each, written ahead of delivery, removed when its fate is decided, found again after
// a crash. It knows files only; what is dropped and counted is decided by the queue. Trouble with the disk is reported, not thrown.
import { constants } from 'node:fs';
import { open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch, BatchFacts } from '../model/batch.ts';
import { SpybridgeError } from '../model/errors.ts';
import { openSpoolDirs } from './spool-dir.ts';
import type { SpoolDirs } from './spool-dir.ts';
import { CHECKSUM_BYTES, MAX_HEADER_BYTES } from './spool-file.ts';
import { decodeSpoolBody, decodeSpoolHeader, encodeSpoolFile } from './spool-file.ts';
import { isSpoolFileName, spoolFileName } from './spool-file.ts';
import { lockSpool } from './spool-lock.ts';
import type { SpoolLock } from './spool-lock.ts';

/** Files kept in DIR/damaged for a look; older ones are removed. */
export const MAX_DAMAGED_FILES = 16;

export interface SpoolEvents {
  /** The disk refuses (ENOSPC, EIO...): batches stay in memory. Once until it works again. */
  spoolTrouble(reason: string): void;
  spoolRecovered(): void;
  /** A file that can't be read back was moved aside. */
  spoolDamaged(fileName: string): void;
}

export interface SpoolOptions {
  readonly dir: string;
  readonly limitBytes: number;
  readonly events: SpoolEvents;
}

export interface ReplayedBatch {
  readonly facts: BatchFacts;
  /** The header reads, the rest does not: its samples are known and lost. */
  readonly isDamaged: boolean;
}

export class Spool {
  readonly limitBytes: number;
  private readonly dirs: SpoolDirs;
  private readonly events: SpoolEvents;
  private readonly lock: SpoolLock;
  private readonly sizes = new Map<string, number>();
  private usedBytes = 0;
  private isInTrouble = false;

  private constructor(options: SpoolOptions, dirs: SpoolDirs, lock: SpoolLock) {
    this.limitBytes = options.limitBytes;
    this.events = options.events;
    this.dirs = dirs;
    this.lock = lock;
  }

  /** Throws a SpybridgeError (`config`) when the directory can't be used or another process holds it. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const dirs = await openSpoolDirs(options.dir);
    const result = await lockSpool(dirs.batches);
    if (result.ok) return new Spool(options, dirs, result.lock);
    throw new SpybridgeError('config', `--spool ${options.dir} is in use by process ${result.ownerPid}.`, {
      hint: 'Give each spybridge its own spool directory.',
    });
  }

  /** Bytes of all files, those being written included. */
  get bytes(): number {
    return this.usedBytes;
  }

  /** What an earlier run left, oldest first. Foreign and damaged files are moved aside. */
  async replay(): Promise<readonly ReplayedBatch[]> {
    const found: ReplayedBatch[] = [];
    for (const name of (await readdir(this.dirs.batches)).sort()) {
      if (name === 'lock' || name.startsWith('lock-') || name.startsWith('.tmp-lock-')) continue;
      const path = join(this.dirs.batches, name);
      if (name.startsWith('.tmp-')) {
        // A batch whose writer died before it was whole: its samples were never counted as spooled.
        await this.attempt(() => ifThere(unlink(path)));
        continue;
      }
      const batch = isSpoolFileName(name) ? await this.inspect(name) : undefined;
      if (batch === undefined || batch.isDamaged) await this.moveAside(name);
      if (batch !== undefined) found.push(batch);
    }
    return found;
  }

  /** False when the disk refused: the batch must stay in memory. */
  async write(batch: Batch): Promise<boolean> {
    const name = spoolFileName(batch);
    if (name === undefined) return false;
    const pieces = encodeSpoolFile(batch);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.track(name, bytes);
    const isWritten = await this.attempt(() => this.writeFile(name, pieces));
    if (!isWritten) this.untrack(name);
    if (isWritten && this.isInTrouble) this.events.spoolRecovered();
    if (isWritten) this.isInTrouble = false;
    return isWritten;
  }

  /** The body of a batch written before; undefined when it is gone or damaged (then it was moved aside). */
  async read(facts: BatchFacts): Promise<Uint8Array | undefined> {
    const name = spoolFileName(facts);
    if (name === undefined) return undefined;
    const flag = constants.O_RDONLY | constants.O_NOFOLLOW;
    const file = await readFile(join(this.dirs.batches, name), { flag }).catch(() => undefined);
    const header = file === undefined ? undefined : decodeSpoolHeader(file);
    const body = header === undefined ? undefined : decodeSpoolBody(file!, header);
    if (body === undefined) {
      await this.moveAside(name);
      this.untrack(name);
    }
    return body;
  }

  async remove(facts: BatchFacts): Promise<void> {
    const name = spoolFileName(facts);
    if (name === undefined || !this.sizes.has(name)) return;
    this.untrack(name);
    await this.attempt(() => ifThere(unlink(join(this.dirs.batches, name))));
  }

  async close(): Promise<void> {
    await this.lock.release();
  }

  private async inspect(name: string): Promise<ReplayedBatch | undefined> {
    const path = join(this.dirs.batches, name);
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, MAX_HEADER_BYTES)), {
        position: 0,
      });
      const header = decodeSpoolHeader(buffer.subarray(0, bytesRead));
      if (header === undefined || spoolFileName(header.facts) !== name) return undefined;
      const isDamaged = size !== header.bodyStart + header.bodyBytes + CHECKSUM_BYTES;
      if (!isDamaged) this.track(name, size);
      return { facts: header.facts, isDamaged };
    } catch {
      return undefined; // EIO, EISDIR: as good as damaged
    } finally {
      await file.close();
    }
  }

  private async writeFile(name: string, pieces: readonly Uint8Array[]): Promise<void> {
    const draft = join(this.dirs.batches, `.tmp-${name}`);
    try {
      const file = await open(draft, 'wx', 0o600);
      try {
        for (const piece of pieces) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, join(this.dirs.batches, name));
      await syncDir(this.dirs.batches);
    } catch (error) {
      await unlink(draft).catch(() => undefined);
      throw error;
    }
  }

  private async moveAside(name: string): Promise<void> {
    await this.attempt(() => ifThere(rename(join(this.dirs.batches, name), join(this.dirs.damaged, name))));
    this.events.spoolDamaged(name);
    await this.attempt(() => keepNewest(this.dirs.damaged, MAX_DAMAGED_FILES));
  }

  private track(name: string, bytes: number): void {
    this.sizes.set(name, bytes);
    this.usedBytes += bytes;
  }

  private untrack(name: string): void {
    this.usedBytes -= this.sizes.get(name) ?? 0;
    this.sizes.delete(name);
  }

  /** Disk trouble becomes a value and one event until a batch is written again. */
  private async attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!this.isInTrouble) this.events.spoolTrouble(code ?? String(error));
      this.isInTrouble = true;
      return false;
    }
  }
}

/** For files that an operator may have removed by hand. */
async function ifThere(action: Promise<void>): Promise<void> {
  await action.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

/** A rename is safe from a power cut only when its directory is on disk too. */
async function syncDir(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}

async function keepNewest(dir: string, count: number): Promise<void> {
  const names = await readdir(dir);
  if (names.length <= count) return;
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(dir, name))).mtimeMs })),
  );
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(count)) await unlink(join(dir, name));
}
