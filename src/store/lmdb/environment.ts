// The tables of the embedded store: one LMDB file, opened by the writer's thread and by the reader's.
import { chmodSync, mkdirSync } from 'node:fs';
import { open } from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import { checkDataFile } from './file-check.ts';

/** Keys and values are bytes that this store writes itself; keys.ts says what is in them. */
export type Table = Database<Buffer, Buffer>;

export interface Environment {
  readonly dir: string;
  readonly root: RootDatabase<Buffer, Buffer>;
  /** All of the following. */
  readonly tables: readonly Table[];
  /** (tenant, service) -> ServiceRecord. */
  readonly services: Table;
  /** (service, day, part) -> SegmentRecord. */
  readonly segments: Table;
  /** (segment, kind, number) -> symbols, series and headers that the segment's profiles refer to. */
  readonly dictionary: Table;
  /** (service, type, time, id) -> Entry: what a query scans. */
  readonly entries: Table;
  /** id -> ProfileRecord. */
  readonly profiles: Table;
  /** id -> the upload's body. */
  readonly bodies: Table;
  /** id -> sample keys and values, series by series. */
  readonly columns: Table;
  /** (time, id): all profiles, oldest first. */
  readonly ages: Table;
  /** (service, type, hour) -> the sum of the hour's profiles. */
  readonly hours: Table;
  /** Counters of the whole store. */
  readonly totals: Table;
}

const BINARY = { encoding: 'binary', keyEncoding: 'binary' } as const;
const MAX_TABLES = 16;

/** Makes the folder (0700) where there is none. Throws what LMDB throws, and Error for a damaged file. */
export function openEnvironment(dir: string): Environment {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  checkDataFile(dir);
  // Without overlapping syncs a commit is on the disk when it returns, which is all that durability needs here.
  const root = open<Buffer, Buffer>({
    ...{ path: dir, maxDbs: MAX_TABLES, overlappingSync: false },
    // Said, for a name with a dot in it would be taken for a file.
    noSubdir: false,
    ...BINARY,
  });
  const table = (name: string): Table => root.openDB<Buffer, Buffer>({ name, ...BINARY });
  const tables = {
    services: table('services'),
    segments: table('segments'),
    dictionary: table('dictionary'),
    entries: table('entries'),
    profiles: table('profiles'),
    bodies: table('bodies'),
    columns: table('columns'),
    ages: table('ages'),
    hours: table('hours'),
    totals: table('totals'),
  };
  return { dir, root, tables: Object.values(tables), ...tables };
}
