// The store that the options ask for: one, or a first one that answers and others that follow it.
import type { ServeConfig, StorageKind } from '../config/serve-config.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { EventLog } from '../observe/events.ts';
import { ManyStore } from '../store/many.ts';
import type { ObjectStorage } from '../store/objects/object-storage.ts';
import type { ObjectStoreOptions } from '../store/objects/object-store.ts';
import { fittingBytes } from '../store/lmdb/room.ts';
import type { ProfileStore } from '../store/store.ts';
import { StoreError } from '../store/store.ts';
import { takeDataFolder } from './data-folder.ts';
import { reporterOf } from './store-news.ts';

export interface OpenStore {
  readonly store: ProfileStore;
  close(): Promise<void>;
}

type Open = (config: ServeConfig, events: EventLog) => Promise<ProfileStore>;

/** Each brings its own libraries, which only those load who ask for them. */
const openers: Readonly<Record<StorageKind, Open>> = {
  lmdb: openLmdb,
  s3: openS3,
  gcs: openGcs,
  clickhouse: openClickHouse,
};

const NANOS_PER_MS = 1_000_000n;

/** Throws SpybridgeError('config' | 'server_unreachable') where one of them cannot be used. */
export async function openStore(config: ServeConfig, events: EventLog): Promise<OpenStore> {
  const lock = config.storages.includes('lmdb') ? await takeDataFolder(config.dataFolder) : undefined;
  try {
    const store = await openAll(config, events);
    return {
      store,
      close: async () => {
        await store.close();
        await lock?.release();
      },
    };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function openAll(config: ServeConfig, events: EventLog): Promise<ProfileStore> {
  const stores: { name: StorageKind; store: ProfileStore }[] = [];
  try {
    for (const name of config.storages) stores.push({ name, store: await openOne(name, config, events) });
  } catch (error) {
    for (const { store } of stores) await store.close();
    throw error;
  }
  const [first, ...others] = stores;
  if (others.length === 0) return first!.store;
  return new ManyStore(first!.store, others, {
    report: ({ follower, error, waiting, lost }) => {
      const reason = error instanceof Error ? error.message : String(error);
      events.report(lost > 0 ? 'follower_lost' : 'follower_trouble', { follower, reason, waiting, lost });
    },
  });
}

async function openOne(name: StorageKind, config: ServeConfig, events: EventLog): Promise<ProfileStore> {
  try {
    return await openers[name](config, events);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const where = name === 'lmdb' ? `--data ${config.dataFolder}` : `--storage ${name}`;
    const code = error.code === 'unavailable' ? 'server_unreachable' : 'config';
    throw new SpybridgeError(code, `${where} cannot be used: ${error.message}`, {
      hint:
        name === 'lmdb'
          ? 'Give a folder that you may write, and that no other server uses.'
          : `Check the options that begin with --${name}-, and that the storage can be reached.`,
      cause: error,
    });
  }
}

async function openLmdb(config: ServeConfig, events: EventLog): Promise<ProfileStore> {
  const { dataFolder, rawBytes, retentionMs } = config;
  const { LmdbStore } = await import('../store/lmdb/lmdb-store.ts');
  const limitBytes = limitOf(config, events);
  const retention = {
    ...(retentionMs > 0 ? { ageNanos: BigInt(retentionMs) * NANOS_PER_MS } : {}),
    ...(limitBytes > 0 ? { limitBytes } : {}),
  };
  return LmdbStore.open({
    ...{ dir: dataFolder, maxRawBytes: rawBytes, retention },
    onNews: reporterOf('lmdb', events),
  });
}

function limitOf({ dataFolder, retentionBytes, fitsDisk }: ServeConfig, events: EventLog): number {
  if (!fitsDisk) return retentionBytes;
  const limitBytes = fittingBytes(dataFolder, retentionBytes);
  if (limitBytes < retentionBytes)
    events.report('retention_fitted', { data: dataFolder, megabytes: Math.floor(limitBytes / 1_048_576) });
  return limitBytes;
}

async function openS3(config: ServeConfig, events: EventLog): Promise<ProfileStore> {
  const { s3 } = config;
  const [{ credentialsFrom, S3Storage }, { openObjectStore }] = await Promise.all([
    import('../store/objects/s3.ts'),
    import('../store/objects/object-store.ts'),
  ]);
  const bucket = named(s3.bucket, 's3-bucket');
  const credentials = credentialsFrom(process.env);
  if (credentials === undefined) {
    throw new SpybridgeError('config', 'There are no credentials for S3.', {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    });
  }
  const storage = new S3Storage({ ...s3, bucket, credentials });
  tellSilence(storage, `s3 ${bucket}`, events);
  return openObjectStore(storage, bucketOptions('s3', config, events));
}

async function openGcs(config: ServeConfig, events: EventLog): Promise<ProfileStore> {
  const { gcs } = config;
  const [{ GcsStorage }, { openObjectStore }] = await Promise.all([
    import('../store/objects/gcs.ts'),
    import('../store/objects/object-store.ts'),
  ]);
  const bucket = named(gcs.bucket, 'gcs-bucket');
  const storage = new GcsStorage({ ...gcs, bucket });
  tellSilence(storage, `gcs ${bucket}`, events);
  return openObjectStore(storage, bucketOptions('gcs', config, events));
}

/** A bucket that is away for a while is no reason not to start; one that was named wrongly should be told before it is missed. */
function tellSilence(storage: ObjectStorage, name: string, events: EventLog): void {
  const pages = storage.list({ prefix: 'v1/', delimiter: '/' })[Symbol.asyncIterator]();
  pages.next().catch((error: unknown) => {
    events.report('storage_silent', {
      storage: name,
      reason: error instanceof Error ? error.message : String(error),
    });
  });
}

function bucketOptions(
  name: StorageKind,
  { rawBytes, remoteRetentionMs: retentionMs, profefeTenant }: ServeConfig,
  events: EventLog,
): ObjectStoreOptions {
  return { maxRawBytes: rawBytes, retentionMs, onNews: reporterOf(name, events), ...profefeTenant };
}

async function openClickHouse(
  { clickHouse, rawBytes, remoteRetentionMs: retentionMs }: ServeConfig,
  events: EventLog,
): Promise<ProfileStore> {
  const { openClickHouseStore } = await import('../store/clickhouse/clickhouse-store.ts');
  return openClickHouseStore({
    ...clickHouse,
    url: named(clickHouse.url, 'clickhouse-url'),
    ...{ maxRawBytes: rawBytes, retentionMs, onNews: reporterOf('clickhouse', events) },
  });
}

/** Throws SpybridgeError('config'). */
function named(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  throw new SpybridgeError('config', `--${option} is missing.`, { hint: `--storage needs --${option}.` });
}
