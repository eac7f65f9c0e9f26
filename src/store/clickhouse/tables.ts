// The two tables: what is known of profiles, in order of service, type and time; and their bodies, by id.
import type { ProfileRecord } from '../catalog/record.ts';
import { encodeRecord } from '../catalog/record.ts';
import { RowWriter } from './row-binary.ts';
import { dayOf } from './sql.ts';

export const PROFILES = 'spybridge_profiles';
export const BODIES = 'spybridge_bodies';

/** Of rows of the same profile the one with the highest version counts: a deletion is a row with DELETED. */
export const KEPT = 0;
export const DELETED = 1;

/** From this version on a table can be told to wait for the disk, which every insert then does. */
const SYNCED_SINCE = [20, 10] as const;

/** What to run at the start; a table that is there stays as it is, so that an own one may be replicated. */
export function tableStatements(serverVersion: string): readonly string[] {
  const synced = isAtLeast(serverVersion, SYNCED_SINCE)
    ? ', fsync_after_insert = 1, fsync_part_directory = 1'
    : '';
  return [
    `CREATE TABLE IF NOT EXISTS ${PROFILES} (
      day Date, tenant String, service String, type String, created_at UInt64, id String, version UInt8, bytes UInt64,
      label_names Array(String), label_values Array(String),
      series_names Array(Array(String)), series_values Array(Array(String)),
      sample_types Array(String), sample_units Array(String), totals Array(Array(Float64)), record String
    ) ENGINE = ReplacingMergeTree(version) PARTITION BY day ORDER BY (tenant, service, type, created_at, id)
    SETTINGS index_granularity = 1024${synced}`,
    // Bodies are large: few of them share a mark, so that reading one reads few.
    `CREATE TABLE IF NOT EXISTS ${BODIES} (day Date, tenant String, id String, body String)
    ENGINE = ReplacingMergeTree() PARTITION BY day ORDER BY (tenant, id) SETTINGS index_granularity = 8${synced}`,
  ];
}

export const PROFILE_COLUMNS =
  'day, tenant, service, type, created_at, id, version, bytes, label_names, label_values, ' +
  'series_names, series_values, sample_types, sample_units, totals, record';

/** A row of PROFILE_COLUMNS; of a deleted profile only its key is left. */
export function profileRow(record: ProfileRecord, version: number): Buffer {
  const { profile } = record;
  const isKept = version === KEPT;
  const series = isKept ? record.series : [];
  const labels = isKept ? profile.labels : [];
  const types = isKept ? profile.sampleTypes : [];
  const row = new RowWriter();
  row.date(dayOf(profile.createdAtNanos));
  row.string(profile.tenant);
  row.string(profile.service);
  row.string(profile.type);
  row.uint64(profile.createdAtNanos);
  row.string(profile.id);
  row.byte(version);
  row.uint64(isKept ? BigInt(profile.bytes) : 0n);
  row.strings(labels.map(([name]) => name));
  row.strings(labels.map(([, value]) => value));
  row.list(series, ({ sampleLabels }) => {
    row.strings(sampleLabels.map(([name]) => name));
  });
  row.list(series, ({ sampleLabels }) => {
    row.strings(sampleLabels.map(([, value]) => value));
  });
  row.strings(types.map(({ type }) => type));
  row.strings(types.map(({ unit }) => unit));
  row.list(series, ({ totals }) => {
    row.list(totals, (total) => {
      row.float64(total);
    });
  });
  row.string(isKept ? encodeRecord(record) : '');
  return row.take();
}

/** A row of `day, tenant, id, body`. */
export function bodyRow({ profile }: ProfileRecord, body: Uint8Array): Buffer {
  const row = new RowWriter();
  row.date(dayOf(profile.createdAtNanos));
  row.string(profile.tenant);
  row.string(profile.id);
  row.string(body);
  return row.take();
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
