// Looks at the head of LMDB's file before it is mapped: what is no such file, or was cut short, would end the process without a word.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** LMDB's name for it. */
export const DATA_FILE = 'data.mdb';
const MAGIC = 0xbeefc0de;
/** Of a meta page, after its header; its fields are in the order of the machine, which is little-endian everywhere we run. */
const AT = { magic: 24, pageBytes: 48, freeRoot: 88, mainRoot: 136, transaction: 152, end: 160 } as const;
const NO_PAGE = 2n ** 64n - 1n;
const MIN_PAGE_BYTES = 256;
const MAX_PAGE_BYTES = 65_536;

/** Throws Error with the reason; a file that is not there or has nothing in it is one to be. */
export function checkDataFile(dir: string): void {
  let file: number;
  try {
    file = openSync(join(dir, DATA_FILE), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size > 0) checkHead(file, size);
  } finally {
    closeSync(file);
  }
}

function checkHead(file: number, size: number): void {
  const first = readMeta(file, 0);
  const pageBytes = first.readUInt32LE(AT.pageBytes);
  if (pageBytes < MIN_PAGE_BYTES || pageBytes > MAX_PAGE_BYTES) throw new Error(`${DATA_FILE} is damaged`);
  const second = readMeta(file, pageBytes);
  const isNewer = second.readBigUInt64LE(AT.transaction) > first.readBigUInt64LE(AT.transaction);
  const valid = isNewer ? second : first;
  const pages = BigInt(Math.floor(size / pageBytes));
  for (const at of [AT.freeRoot, AT.mainRoot]) {
    const root = valid.readBigUInt64LE(at);
    // The last pages of a whole file may lie behind its end: they are free. These are not.
    if (root !== NO_PAGE && root >= pages) throw new Error(`${DATA_FILE} was cut short`);
  }
}

function readMeta(file: number, at: number): Buffer {
  const meta = Buffer.alloc(AT.end);
  readSync(file, meta, 0, AT.end, at);
  if (meta.readUInt32LE(AT.magic) !== MAGIC)
    throw new Error(`${DATA_FILE} is no file of this store, or damaged`);
  return meta;
}
