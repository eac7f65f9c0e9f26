// ClickHouse as a catalog. Rows are only ever added: one that comes twice counts once, and a deletion is a newer row.
import type { Catalog, Order, Scope, Traffic } from '../catalog/catalog.ts';
import type { ProfileRecord } from '../catalog/record.ts';
import { decodeRecord } from '../catalog/record.ts';
import { isProfileId, secondsOfId } from '../id.ts';
import type { StoreStatistics } from '../store.ts';
import { StoreError } from '../store.ts';
import type { ClickHouseConnection } from './connection.ts';
import { InsertBatch } from './insert-batch.ts';
import { RowReader } from './row-binary.ts';
import { dayLiteral, dayOf, isDay, literal, literals, uint64 } from './sql.ts';
import { BODIES, bodyRow, DELETED, KEPT, PROFILE_COLUMNS, profileRow, PROFILES } from './tables.ts';

/** Records of one query. */
const PAGE_ROWS = 500;
const NANOS_PER_S = 1_000_000_000n;
const MAX_BODY_BYTES = 268_435_456;

interface Rows {
  readonly profile: Buffer;
  readonly body: Buffer;
}

export class ClickHouseCatalog implements Catalog {
  readonly storage = 'clickhouse';
  readonly boundsHit = {};
  private readonly connection: ClickHouseConnection;
  private readonly pageRows: number;
  private readonly batch: InsertBatch<Rows>;

  /** The tables must be there. */
  constructor(connection: ClickHouseConnection, pageRows = PAGE_ROWS) {
    this.connection = connection;
    this.pageRows = pageRows;
    this.batch = new InsertBatch((rows) => this.insert(rows));
  }

  get traffic(): Traffic {
    return this.connection.counts;
  }

  async put(record: ProfileRecord, body: Uint8Array): Promise<void> {
    const { id, createdAtNanos } = record.profile;
    if (body.length > MAX_BODY_BYTES)
      throw new StoreError('too_large', `The profile has more than ${MAX_BODY_BYTES} bytes.`);
    if (!isDay(createdAtNanos))
      throw new StoreError('malformed', 'The time of the profile is not between 1970 and 2149.');
    // By its id alone a profile is looked for at that time.
    if (BigInt(secondsOfId(id)) !== createdAtNanos / NANOS_PER_S)
      throw new StoreError('malformed', 'The time of the profile is not that of its id.');
    const rows = { profile: profileRow(record, KEPT), body: bodyRow(record, body) };
    await this.batch.add(rows, rows.profile.length + rows.body.length);
  }

  async *find(scope: Scope, order: Order): AsyncIterable<ProfileRecord> {
    const [after, direction] = order === 'oldest first' ? ['>', 'ASC'] : ['<', 'DESC'];
    const conditions = conditionsOf(scope);
    let last: ProfileRecord | undefined;
    for (;;) {
      const time = last && uint64(last.profile.createdAtNanos);
      const behind =
        last === undefined
          ? ''
          : ` AND (created_at ${after} ${time!} OR (created_at = ${time!} AND id ${after} ${literal(last.profile.id)}))`;
      const rows = new RowReader(
        await this.connection.query(
          `SELECT record FROM ${PROFILES} FINAL WHERE ${conditions}${behind}
          ORDER BY created_at ${direction}, id ${direction} LIMIT ${this.pageRows} FORMAT RowBinary`,
        ),
      );
      let count = 0;
      for (; !rows.isAtEnd; count++) {
        last = decodeRecord(rows.string());
        const { service, type } = last.profile;
        if (scope.hasService(service) && scope.hasType(type)) yield last;
      }
      if (count < this.pageRows) return;
    }
  }

  async get(tenant: string, id: string): Promise<ProfileRecord | undefined> {
    if (!isProfileId(id)) return undefined;
    const fromNanos = BigInt(secondsOfId(id)) * NANOS_PER_S;
    const untilNanos = fromNanos + NANOS_PER_S - 1n;
    const conditions = conditionsOf({ tenant, fromNanos, untilNanos, service: undefined, type: undefined });
    const rows = new RowReader(
      await this.connection.query(
        `SELECT record FROM ${PROFILES} FINAL WHERE ${conditions} AND id = ${literal(id)} LIMIT 1 FORMAT RowBinary`,
      ),
    );
    return rows.isAtEnd ? undefined : decodeRecord(rows.string());
  }

  async body({ profile }: ProfileRecord): Promise<Uint8Array | undefined> {
    const rows = new RowReader(
      await this.connection.query(
        `SELECT body FROM ${BODIES} WHERE ${bodyConditions(profile.tenant, [profile])} LIMIT 1 FORMAT RowBinary`,
      ),
    );
    return rows.isAtEnd ? undefined : rows.blob();
  }

  /** From then on nobody finds them; their bodies go when the server gets to it. */
  async remove(records: readonly ProfileRecord[]): Promise<number> {
    if (records.length === 0) return 0;
    const rows = records.map((record) => profileRow(record, DELETED));
    await this.connection.insert(PROFILES, PROFILE_COLUMNS, rows);
    const profiles = records.map(({ profile }) => profile);
    const { tenant } = profiles[0]!;
    await this.connection.query(`ALTER TABLE ${BODIES} DELETE WHERE ${bodyConditions(tenant, profiles)}`);
    return records.length;
  }

  async services(tenant: string): Promise<readonly string[]> {
    const rows = new RowReader(
      await this.connection.query(
        `SELECT DISTINCT service FROM ${PROFILES} FINAL WHERE ${keptOf(tenant)} FORMAT RowBinary`,
      ),
    );
    const services: string[] = [];
    while (!rows.isAtEnd) services.push(rows.string());
    return services;
  }

  async statistics(tenant: string): Promise<StoreStatistics> {
    const rows = new RowReader(
      await this.connection.query(
        `SELECT count(), sum(bytes), min(created_at), max(created_at) FROM ${PROFILES} FINAL
        WHERE ${keptOf(tenant)} FORMAT RowBinary`,
      ),
    );
    const nothing = { profiles: 0, bytes: 0, oldestNanos: undefined, newestNanos: undefined };
    if (rows.isAtEnd) return nothing;
    const profiles = Number(rows.uint64());
    if (profiles === 0) return nothing;
    return {
      profiles,
      bytes: Number(rows.uint64()),
      oldestNanos: rows.uint64(),
      newestNanos: rows.uint64(),
    };
  }

  /** Whole days that ended before this time; deleted profiles whose rows are still there count, too. */
  async expire(nanos: bigint): Promise<number> {
    let expired = 0;
    for (const table of [PROFILES, BODIES]) {
      const answer = await this.connection.query(
        `SELECT partition, toUInt64(sum(rows)) FROM system.parts WHERE database = currentDatabase() AND table = '${table}'
        AND active AND toDate(partition) < toDate(${dayLiteral(dayOf(nanos))}) GROUP BY partition FORMAT RowBinary`,
      );
      const rows = new RowReader(answer);
      while (!rows.isAtEnd) {
        const partition = rows.string();
        const profiles = Number(rows.uint64());
        await this.connection.query(`ALTER TABLE ${table} DROP PARTITION ${literal(partition)}`);
        if (table === PROFILES) expired += profiles;
      }
    }
    return expired;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** Bodies first: a profile that can be found has one. */
  private async insert(rows: readonly Rows[]): Promise<void> {
    const bodies = rows.map(({ body }) => body);
    await this.connection.insert(BODIES, 'day, tenant, id, body', bodies);
    const profiles = rows.map(({ profile }) => profile);
    await this.connection.insert(PROFILES, PROFILE_COLUMNS, profiles);
  }
}

function keptOf(tenant: string): string {
  return `tenant = ${literal(tenant)} AND version = ${KEPT}`;
}

/** The day is there to leave out partitions. */
function conditionsOf(scope: Omit<Scope, 'hasService' | 'hasType'>): string {
  const { tenant, service, type, fromNanos, untilNanos } = scope;
  const conditions = [
    keptOf(tenant),
    `day >= toDate(${dayLiteral(dayOf(fromNanos))})`,
    `day <= toDate(${dayLiteral(dayOf(untilNanos))})`,
    `created_at >= ${uint64(fromNanos)}`,
    `created_at <= ${uint64(untilNanos)}`,
  ];
  if (service !== undefined) conditions.push(`service = ${literal(service)}`);
  if (type !== undefined) conditions.push(`type = ${literal(type)}`);
  return conditions.join(' AND ');
}

function bodyConditions(tenant: string, profiles: readonly ProfileRecord['profile'][]): string {
  const days = [...new Set(profiles.map(({ createdAtNanos }) => dayLiteral(dayOf(createdAtNanos))))];
  const ids = literals(profiles.map(({ id }) => id));
  return `day IN (${days.map((day) => `toDate(${day})`).join(', ')}) AND tenant = ${literal(tenant)} AND id IN (${ids})`;
}
