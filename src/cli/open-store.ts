// The store that the options ask for, and its retention: what is too old goes while the server runs.
import type { ServeConfig } from '../config/serve-config.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { EventLog } from '../observe/events.ts';
import { LmdbStore } from '../store/lmdb/lmdb-store.ts';
import type { ProfileStore } from '../store/store.ts';
import { StoreError } from '../store/store.ts';

export interface OpenStore {
  readonly store: ProfileStore;
  /** Ends retention, then the store. */
  close(): Promise<void>;
}

const EXPIRE_INTERVAL_MS = 60_000;

type StoreConfig = Pick<ServeConfig, 'dataFolder' | 'retentionMs' | 'rawBytes'>;

/** Throws SpybridgeError('config') where the folder cannot be used. */
export async function openStore(config: StoreConfig, events: EventLog): Promise<OpenStore> {
  const { dataFolder, rawBytes } = config;
  const store = await LmdbStore.open({ dir: dataFolder, maxRawBytes: rawBytes }).catch((error: unknown) => {
    if (!(error instanceof StoreError)) throw error;
    throw new SpybridgeError('config', `--data ${dataFolder} cannot be used: ${error.message}`, {
      hint: 'Give a folder that you may write, and that no other server uses.',
      cause: error,
    });
  });
  const endRetention = startRetention(store, config, events);
  return {
    store,
    close: async () => {
      await endRetention();
      await store.close();
    },
  };
}

/** Returns what ends it, when the last sweep is over. */
function startRetention(
  store: LmdbStore,
  { retentionMs }: StoreConfig,
  events: EventLog,
): () => Promise<void> {
  if (retentionMs === 0) return () => Promise.resolve();
  let running: Promise<void> | undefined;
  const sweep = (): void => {
    running ??= store
      .expire(BigInt(Date.now() - retentionMs) * 1_000_000n)
      .then((profiles) => {
        if (profiles > 0) events.report('expired', { profiles });
      })
      .catch((error: unknown) => {
        events.report('expire_failed', { reason: error instanceof Error ? error.message : String(error) });
      })
      .finally(() => {
        running = undefined;
      });
  };
  sweep();
  const timer = setInterval(sweep, EXPIRE_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
