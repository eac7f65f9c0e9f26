// The server: an address, TLS where it is wanted, limits on what connections may do, and an end that lets answers finish.
import { createServer as createHttpServer } from 'node:http';
import type { Server, ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { BlockList, isIP } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { SpybridgeError } from '../model/errors.ts';
import { makeApp } from './app.ts';
import type { AppOptions } from './app.ts';
import { countConnectionRefusals } from './connection-refusals.ts';
import type { ProfileStore } from '../store/store.ts';
import { UnreadAnswers } from './unread.ts';

export interface ServeOptions extends AppOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** A whole request must have come by then. */
  readonly requestTimeoutMs: number;
  /** Others are for tests. */
  readonly unreadTimeoutMs?: number;
  readonly unreadBytes?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:4040` */
  readonly url: string;
  readonly port: number;
  readonly isOnLoopback: boolean;
  /** Of the options, counted in the metrics: for whoever writes without HTTP. */
  readonly store: ProfileStore;
  /** Takes nothing new, lets what runs finish until the deadline, then cuts it off. */
  stop(deadlineMs: number): Promise<void>;
}

/** Of all headers of a request: a list of ids in its path is long. */
const MAX_HEADER_BYTES = 65_536;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
/** An answer of which a client takes nothing for so long is given up, and its memory is free. */
const UNREAD_TIMEOUT_MS = 20_000;
const MAX_CONNECTIONS = 4_096;
/** How often slow requests are looked for, and, at the end, connections without one. */
const CHECK_INTERVAL_MS = 1_000;
const STOP_INTERVAL_MS = 20;

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Throws SpybridgeError('config') where the address or the certificate cannot be used. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const isOnLoopback = isLoopback(options.host);
  let isStopping = false;
  const unread = new UnreadAnswers(options.unreadBytes);
  const app = makeApp(options, { isOnLoopback, isStopping: () => isStopping, unread });
  const server = makeServer(options);
  server.maxConnections = MAX_CONNECTIONS;
  countConnectionRefusals(server, app.onRefusal);
  const listener = getRequestListener(app.http.fetch);
  server.on('request', (incoming, outgoing) => {
    if (isStopping) outgoing.setHeader('connection', 'close');
    void listener(incoming, outgoing).then(() => {
      if (outgoing.writableFinished || outgoing.closed) return;
      unread.add(outgoing);
      incoming.socket.setTimeout(options.unreadTimeoutMs ?? UNREAD_TIMEOUT_MS);
    });
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const open = (['read', 'write'] as const).filter((scope) => options.credentials.isOpen(scope));
  if (!isOnLoopback && open.length > 0) options.events.report('server_open', { open: open.join(', ') });
  const shownHost = isIP(options.host) === 6 ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${shownHost}:${port}`,
    port,
    isOnLoopback,
    store: app.store,
    stop: (deadlineMs) => {
      isStopping = true;
      return stop(server, deadlineMs);
    },
  };
}

function makeServer({ tls, requestTimeoutMs }: ServeOptions): Server {
  const limits: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  };
  if (tls === undefined) return createHttpServer(limits);
  try {
    return createHttpsServer({ ...limits, cert: tls.cert, key: tls.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SpybridgeError('config', `The certificate or its key cannot be used: ${reason}.`, {
      hint: 'Give PEM files that belong together: --tls-cert FILE --tls-key FILE.',
      cause: error,
    });
  }
}

async function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new SpybridgeError('config', `--listen ${host}:${port} cannot be used: ${error.message}.`, {
          hint: 'Give a free address such as 127.0.0.1:4041.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function stop(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  // A connection that was kept for the next request counts as open until somebody closes it.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, STOP_INTERVAL_MS);
  const deadline = setTimeout(() => {
    server.closeAllConnections();
  }, deadlineMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}

function isLoopback(host: string): boolean {
  const kind = isIP(host);
  if (kind === 0) return host === 'localhost';
  return loopback.check(host, kind === 6 ? 'ipv6' : 'ipv4');
}
