// What is refused before there is a request: connections over the limit, headers over the limit, what takes too long or is no HTTP.
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RefusalReason } from './serve-metrics.ts';

type Refusal = readonly [reason: RefusalReason, status: string];

const NOT_HTTP: Refusal = ['not_http', '400 Bad Request'];
/** By Node's codes. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: ['headers', '431 Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['headers', '413 Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', '408 Request Timeout'],
};
/** `_httpMessage` is the answer that is being made; Node looks at it here, too. */
type ClientSocket = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** The client went away: that is no refusal. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** Answers as Node does by itself, and counts. */
export function countConnectionRefusals(server: Server, onRefusal: (reason: RefusalReason) => void): void {
  server.on('drop', () => {
    onRefusal('connections');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: ClientSocket) => {
    const code = error.code ?? '';
    // What was answered before, and what goes on to come.
    if (GONE.has(code) || !socket.writable) {
      socket.destroy();
      return;
    }
    const [reason, status] = REFUSALS[code] ?? NOT_HTTP;
    onRefusal(reason);
    // What an answer has begun with cannot be taken back.
    if (socket._httpMessage?.headersSent === true) socket.destroy();
    else socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  });
}
