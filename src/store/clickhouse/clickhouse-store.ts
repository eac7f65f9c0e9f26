// A store in ClickHouse, from version 18.16 on.
import type { CatalogOptions } from '../catalog/catalog-store.ts';
import { CatalogStore } from '../catalog/catalog-store.ts';
import { ClickHouseCatalog } from './clickhouse-catalog.ts';
import type { ClickHouseAccess } from './connection.ts';
import { ClickHouseConnection } from './connection.ts';
import { RowReader } from './row-binary.ts';
import { tableStatements } from './tables.ts';

export interface ClickHouseStoreOptions extends ClickHouseAccess, CatalogOptions {
  /** Records of one query; fewer are for tests. */
  readonly pageRows?: number;
}

/** Makes the tables where they are not there. Throws StoreError('unavailable'). */
export async function openClickHouseStore(options: ClickHouseStoreOptions): Promise<CatalogStore> {
  const connection = new ClickHouseConnection(options);
  try {
    const version = new RowReader(await connection.query('SELECT version() FORMAT RowBinary')).string();
    for (const statement of tableStatements(version)) await connection.query(statement);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new CatalogStore(new ClickHouseCatalog(connection, options.pageRows), options);
}
