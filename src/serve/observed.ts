// Around every request: its id, what the log and the metrics say of it, and headers that all answers have.
import { randomBytes } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { matchedRoutes } from 'hono/route';
import { cleanText } from '../model/text.ts';
import type { EventLog } from '../observe/events.ts';
import { StoreError } from '../store/store.ts';
import type { ServeEnv } from './context.ts';
import { HttpProblem } from './problem.ts';
import type { ServeMetrics } from './serve-metrics.ts';

/** What a client may call its request. */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** In the log and the metrics; nobody is there to get it. */
const CLIENT_GONE = 499;

export interface Observers {
  readonly events: EventLog;
  readonly metrics: ServeMetrics;
}

export function observed({ events, metrics }: Observers): MiddlewareHandler<ServeEnv> {
  return async (context, next) => {
    const startedAt = performance.now();
    const given = context.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(given) ? given : randomBytes(16).toString('hex');
    context.set('requestId', requestId);
    metrics.running.inc();
    await next();
    metrics.running.dec();
    addHeaders(context.res.headers, requestId);
    const tookMs = performance.now() - startedAt;
    const status = isAbandoned(context) ? CLIENT_GONE : context.res.status;
    const method = METHODS.has(context.req.method) ? context.req.method : 'other';
    const route = routeOf(context);
    metrics.requests.inc({ method, route, code: String(status) });
    metrics.durations.observe({ route }, tookMs / 1_000);
    const facts = { requestId, method, path: cleanText(context.req.path, 200), status };
    events.report('request', {
      ...facts,
      ...{ client: addressOf(context), tookMs: Math.round(tookMs * 10) / 10 },
    });
    const reason = defectOf(context);
    if (reason !== undefined) events.report('request_failed', { ...facts, reason });
  };
}

/** Of the client, as its connection tells; '' where it is gone already. */
export function addressOf(context: Context): string {
  const { incoming } = context.env as HttpBindings;
  return incoming.socket.remoteAddress ?? '';
}

/** The pattern, so that ids and guessed paths are one: of several the first, which answers. What only middleware has seen is `other`. */
function routeOf(context: Context): string {
  return matchedRoutes(context).find(({ path }) => !path.endsWith('*'))?.path ?? 'other';
}

/** Its client went away before there was an answer. */
function isAbandoned({ error }: Context): boolean {
  return error instanceof StoreError && error.code === 'abandoned';
}

/** Why a request failed that was right: for the log, never for the client. */
function defectOf(context: Context): string | undefined {
  const { error, res } = context;
  if (error === undefined || isAbandoned(context) || res.status < 500 || error instanceof HttpProblem)
    return undefined;
  const cause: unknown = error.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return cleanText(text.replaceAll('\n', ' |'), 2_000);
}

function addHeaders(headers: Headers, requestId: string): void {
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-resource-policy', 'same-origin');
  if (headers.get('content-type')?.startsWith('text/html') !== true) return;
  headers.set('x-frame-options', 'DENY');
  headers.set('cross-origin-opener-policy', 'same-origin');
}
