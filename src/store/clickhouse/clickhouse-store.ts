// A store in ClickHouse, from version 18.16 on.
import type { CatalogOptions } from '../catalog/catalog-store.ts';
import { CatalogStore } from '../catalog/catalog-store.ts';
import type { ProfileStore } from '../store.ts';
import { ClickHouseCatalog } from './clickhouse-catalog.ts';
import type { ClickHouseAccess } from './connection.ts';
import { ClickHouseConnection } from './connection.ts';
import { RowReader } from './row-binary.ts';
import { tableStatements } from './tables.ts';

export interface ClickHouseStoreOptions extends ClickHouseAccess, CatalogOptions {
  /** Records of one query; fewer are for tests. */
  readonly pageRows?: number;
}

export interface ClickHouseStore extends ProfileStore {
  /** Drops whole days of all tenants that ended before this time (UNIX, ns). */
  expire(beforeNanos: bigint): Promise<void>;
}

/** Makes the tables where they are not there. Throws StoreError('unavailable'). */
export async function openClickHouseStore(options: ClickHouseStoreOptions): Promise<ClickHouseStore> {
  const connection = new ClickHouseConnection(options);
  try {
    const version = new RowReader(await connection.query('SELECT version() FORMAT RowBinary')).string();
    for (const statement of tableStatements(version)) await connection.query(statement);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new Opened(new ClickHouseCatalog(connection, options.pageRows), options);
}

class Opened extends CatalogStore implements ClickHouseStore {
  private readonly tables: ClickHouseCatalog;

  constructor(tables: ClickHouseCatalog, options: CatalogOptions) {
    super(tables, options);
    this.tables = tables;
  }

  expire(beforeNanos: bigint): Promise<void> {
    return this.tables.dropBefore(beforeNanos);
  }
}
