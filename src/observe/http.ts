// /metrics, /healthz and /readyz on --http-listen.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpybridgeError } from '../model/errors.ts';

export interface ObserveHttpOptions {
  /** `HOST:PORT`, `[V6]:PORT`, or a port on loopback. */
  readonly listen: string;
  readonly metrics: () => Promise<string>;
  /** Why the bridge is not ready; undefined where it is. */
  readonly unreadiness: () => string | undefined;
}

export interface ObserveHttp {
  readonly port: number;
  close(): void;
}

const LOOPBACK = '127.0.0.1';

/** Throws SpybridgeError('config') where the address is wrong or taken. */
export async function serveObservations(options: ObserveHttpOptions): Promise<ObserveHttp> {
  const { host, port } = parseListen(options.listen);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      const answer = (status: number, text: string): void => {
        response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
      };
      const path = (request.url ?? '').split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'GET only\n');
      else if (path === '/healthz') answer(200, 'ok\n');
      else if (path === '/readyz') {
        const reason = options.unreadiness();
        answer(reason === undefined ? 200 : 503, `${reason ?? 'ready'}\n`);
      } else if (path === '/metrics') {
        void options.metrics().then((text) => {
          answer(200, text);
        });
      } else answer(404, 'Try /metrics, /healthz or /readyz.\n');
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(refused(options.listen, error.message));
    });
    server.listen(port, host, resolve);
  });
  // A run that is over must not wait for somebody's open connection.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Throws SpybridgeError('config') for what is no address. `option` is where it was written. */
export function parseListen(listen: string, option = '--http-listen'): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(listen) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) throw refused(listen, 'it is no HOST:PORT', option);
  return { host: v6 ?? (name === undefined || name === '' ? LOOPBACK : name), port };
}

function refused(listen: string, reason: string, option = '--http-listen'): SpybridgeError {
  return new SpybridgeError('config', `${option} ${listen} cannot be used: ${reason}.`, {
    hint: 'Give a free address such as 127.0.0.1:4041.',
  });
}
