// What no API has answered, as an answer: refusals, unknown paths, defects. Written in the way of the API that was asked.
import type { Context, Hono } from 'hono';
import { cleanText } from '../model/text.ts';
import type { EventLog } from '../observe/events.ts';
import type { ServeEnv } from './context.ts';
import { HttpProblem } from './problem.ts';
import { errorEnvelope, PROFEFE_PREFIX } from './profefe/envelope.ts';
import { problemOfStore } from './store-problem.ts';
import { StoreError } from '../store/store.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Connect's words for statuses: https://connectrpc.com/docs/protocol#error-codes */
const CONNECT_CODES: Readonly<Record<number, string>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unimplemented',
  413: 'resource_exhausted',
  429: 'resource_exhausted',
  500: 'internal',
  503: 'unavailable',
};

export function refuse(context: Context, problem: HttpProblem): Response {
  const { status, message, headers } = problem;
  const body = context.req.path.startsWith(PROFEFE_PREFIX)
    ? errorEnvelope(status, message)
    : `${JSON.stringify({ code: CONNECT_CODES[status] ?? 'unknown', message })}\n`;
  return new Response(body, { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** The cause of a defect goes into the log, never to the client. */
export function answerError(context: Context<ServeEnv>, error: unknown, events: EventLog): Response {
  const problem = problemOf(error);
  // A client is told that it may come again; the operator, why.
  if (problem.status >= 500 && !(error instanceof HttpProblem && error.status === 503))
    reportDefect(events, context, error);
  return refuse(context, problem);
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreError) return problemOfStore(error);
  return new HttpProblem(500, 'internal server error');
}

function reportDefect(events: EventLog, context: Context<ServeEnv>, error: unknown): void {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  events.report('request_failed', {
    requestId: context.get('requestId'),
    method: context.req.method,
    path: cleanText(context.req.path, 200),
    reason: cleanText(reason.replaceAll('\n', ' |'), 2_000),
  });
}

/** 405 with Allow where another method would have found something, else 404. */
export function answerUnknown(context: Context<ServeEnv>, app: Hono<ServeEnv>): Response {
  const allowed = METHODS.filter((method) => hasRoute(app, method, context.req.path));
  if (allowed.length === 0) return refuse(context, new HttpProblem(404, 'there is nothing at this path'));
  if (allowed.includes('GET')) allowed.push('HEAD');
  const message = `the method ${context.req.method} is not allowed here`;
  return refuse(context, new HttpProblem(405, message, { allow: allowed.join(', ') }));
}

/** Middleware stands for all methods; routes for one. */
function hasRoute(app: Hono<ServeEnv>, method: string, path: string): boolean {
  return app.router.match(method, path)[0].some(([[, route]]) => route.method === method);
}
