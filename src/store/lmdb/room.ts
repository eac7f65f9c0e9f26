// The room that the disk has left. Uploads stop before its end: deletions write, too, and a store that cannot even delete stays full.
import { statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { StoreError } from '../store.ts';
import type { Environment } from './environment.ts';
import { DATA_FILE } from './file-check.ts';

/** Below this share of the file that profiles take, what was deleted has left room enough within it. */
const USED_SHARE = 0.5;

/** Of what the disk has for the store: symbols, free pages and other programs take some, too. */
const DISK_SHARE = 0.6;

/** Throws StoreError('full') where less than the reserve is left, and the file would have to grow. */
export function checkRoom({ dir, root }: Environment, reserveBytes: number, storedBytes: number): void {
  if (freeBytesOf(dir) >= reserveBytes) return;
  const { lastPageNumber, pageSize } = root.getStats() as { lastPageNumber: number; pageSize: number };
  if (storedBytes < USED_SHARE * lastPageNumber * pageSize) return;
  throw new StoreError('full', 'The disk of the store is full, but for what deletions need.');
}

/** What profiles may take, where nobody says it: as much as is wished, but not more than the disk can have for them. */
export function fittingBytes(dir: string, wishedBytes: number): number {
  const ownBytes = statSync(path.join(dir, DATA_FILE), { throwIfNoEntry: false })?.size ?? 0;
  return Math.min(wishedBytes, Math.floor(DISK_SHARE * (freeBytesOf(dir) + ownBytes)));
}

/** For those who are not root. */
function freeBytesOf(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}
