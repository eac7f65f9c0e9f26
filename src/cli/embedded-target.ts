// The server in the bridge's own process as the target of a run: batches go straight to its store, and its page shows them.
import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { EventLog } from '../observe/events.ts';
import { parseListen } from '../observe/http.ts';
import type { RunningServer } from '../serve/server.ts';
import { embeddedConfigOf } from './embedded-config.ts';
import type { OpenStore } from './open-store.ts';
import { openStore } from './open-store.ts';
import { startServing } from './serve.ts';
import { StoreDestination } from './store-destination.ts';
import type { Target } from './target.ts';

/** For queries that run when the bridge ends. */
const STOP_MS = 1_000;

/** Throws SpybridgeError('config') where the address or the folder cannot be used. */
export async function openEmbeddedTarget(config: Config, app: string, events: EventLog): Promise<Target> {
  const serveConfig = embeddedConfigOf(config);
  // Before the store: a wrong address must not cost its opening.
  const { host, port } = parseListen(serveConfig.listen, '--listen');
  const opened = await openStore(serveConfig, events);
  const server = await startServing(serveConfig, opened.store, events).catch(async (error: unknown) => {
    await opened.close();
    throw error instanceof SpybridgeError
      ? explain(error, isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`)
      : error;
  });
  events.report('server_started', { url: server.url, data: serveConfig.dataFolder, app });
  return {
    ...{
      app,
      destination: new StoreDestination(server.store),
      longestAgeMs: Infinity,
      rateBytesPerSecond: 0,
    },
    requireHealth: () => Promise.resolve(),
    close: () => close(server, opened),
  };
}

async function close(server: RunningServer, opened: OpenStore): Promise<void> {
  await server.stop(STOP_MS);
  await opened.close();
}

function explain({ code, message, cause }: SpybridgeError, listen: string): SpybridgeError {
  return new SpybridgeError(code, message, {
    hint: `If a server of yours listens there, give --pyroscope http://${listen}; else another address with --listen.`,
    cause,
  });
}
