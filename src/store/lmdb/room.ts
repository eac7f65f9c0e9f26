// The room that profiles take and that is left for them. Uploads stop before the end of the disk: deletions write, too, and a store
// that cannot even delete stays full.
import { statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { StoreError } from '../store.ts';
import type { Environment, Table } from './environment.ts';
import { DATA_FILE } from './file-check.ts';

/** Of what the disk has for the store, beside the reserve: a batch that is being written takes some, and so do other programs. */
const DISK_SHARE = 0.8;
/** Of the disk, left for deletions. */
export const RESERVE_BYTES = 67_108_864;

/** On a disk that has no room at all, uploads are refused rather than all profiles deleted. */
const MIN_FITTING_BYTES = 8_388_608;

interface TreeStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** Of the pages that are in use, with symbols and sums; those of deleted profiles are not. In a transaction, with what it has written. */
export function usedBytesOf({ tables }: Environment): number {
  return tables.reduce((sum, table) => sum + bytesOf(table), 0);
}

/** Throws StoreError('full') where less than the reserve is left, in the file and on the disk together. */
export function checkRoom(
  environment: Environment,
  reserveBytes: number,
  freeBytes = freeBytesOf(environment.dir),
): void {
  if (freeBytes >= reserveBytes) return;
  const { lastPageNumber, pageSize } = environment.root.getStats() as {
    lastPageNumber: number;
    pageSize: number;
  };
  if (freeBytes + lastPageNumber * pageSize - usedBytesOf(environment) >= reserveBytes) return;
  throw new StoreError('full', 'The disk of the store is full, but for what deletions need.');
}

/** What profiles may take, where nobody says it: as much as is wished, but not more than the disk can have for them. */
export function fittingBytes(dir: string, wishedBytes: number): number {
  const ownBytes = statSync(path.join(dir, DATA_FILE), { throwIfNoEntry: false })?.size ?? 0;
  const room = DISK_SHARE * (freeBytesOf(dir) + ownBytes) - RESERVE_BYTES;
  return Math.min(wishedBytes, Math.max(MIN_FITTING_BYTES, Math.floor(room)));
}

function bytesOf(table: Table): number {
  const stats = table.getStats() as TreeStats;
  return (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
}

/** For those who are not root. */
function freeBytesOf(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}
