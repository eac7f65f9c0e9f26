// `spybridge serve`: the store and the server in front of it, until a signal comes.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ServeConfig } from '../config/serve-config.ts';
import type { EventLog } from '../observe/events.ts';
import { parseListen } from '../observe/http.ts';
import { Credentials } from '../serve/credentials.ts';
import { startServer } from '../serve/server.ts';
import type { RunningServer } from '../serve/server.ts';
import type { ProfileStore } from '../store/store.ts';
import { openStore } from './open-store.ts';
import { SignalDesk } from './signals.ts';
import { version } from './version.ts';

/** Of the build; from the sources as from the bundle it is two levels above. */
const PAGE_FOLDER = fileURLToPath(new URL('../../dist/page', import.meta.url));

/** Returns the exit code: 0, as a server is there to be stopped. Throws SpybridgeError('config'). */
export async function runServe(config: ServeConfig, events: EventLog): Promise<number> {
  // Before the store: a wrong address must not cost its opening.
  parseListen(config.listen, '--listen');
  const opened = await openStore(config, events);
  try {
    const server = await startServing(config, opened.store, events);
    const { storages, dataFolder } = config;
    const data = storages.includes('lmdb') ? { data: dataFolder } : {};
    events.report('server_started', { url: server.url, storage: storages.join(','), ...data });
    await untilStopped(events);
    await server.stop(config.shutdownTimeoutMs);
  } finally {
    await opened.close();
  }
  events.report('server_stopped');
  return 0;
}

/** Throws SpybridgeError('config'). */
export async function startServing(
  config: ServeConfig,
  store: ProfileStore,
  events: EventLog,
): Promise<RunningServer> {
  return startServer({
    ...parseListen(config.listen, '--listen'),
    store,
    events,
    version,
    tls: config.tls,
    pageFolder: existsSync(PAGE_FOLDER) ? PAGE_FOLDER : undefined,
    bounds: {
      bodyBytes: config.bodyBytes,
      rawBytes: config.rawBytes,
      mergedProfiles: config.mergedProfiles,
    },
    credentials: new Credentials({ write: config.writeTokens, read: config.readTokens }),
    isMultiTenant: config.multiTenant,
    writesPerSecond: config.writesPerSecond,
    maxRunning: config.maxRequests,
    requestTimeoutMs: config.requestTimeoutMs,
    answerTimeoutMs: config.requestTimeoutMs,
  });
}

async function untilStopped(events: EventLog): Promise<void> {
  const desk = new SignalDesk({
    onStop: (signal) => {
      events.report('server_stopping', { signal });
    },
    onQuit: () => undefined,
    onFlush: () => undefined,
    // There is nothing to read again, and a closed terminal is no reason to stop.
    onReload: () => undefined,
  });
  await new Promise<void>((resolve) => {
    if (desk.stopped.aborted) resolve();
    desk.stopped.addEventListener('abort', () => {
      resolve();
    });
  });
}
