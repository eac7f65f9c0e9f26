// Trouble as Connect says it: an HTTP status, and a code and a sentence in JSON.
// Protocol: https://connectrpc.com/docs/protocol#error-codes
import type { Context } from 'hono';
import { StoreError } from '../../../store/store.ts';
import type { StoreErrorCode } from '../../../store/store.ts';
import { HttpProblem } from '../../problem.ts';

/** 413 and 422 are none of Connect's own: clients go by the code in the body, and these are for good. */
const CODES: Readonly<Record<HttpProblem['status'], string>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'unimplemented',
  408: 'deadline_exceeded',
  409: 'aborted',
  413: 'invalid_argument',
  415: 'invalid_argument',
  422: 'invalid_argument',
  429: 'resource_exhausted',
  500: 'internal',
  501: 'unimplemented',
  503: 'unavailable',
  507: 'resource_exhausted',
};

const STORE_STATUSES: Readonly<Record<StoreErrorCode, HttpProblem['status']>> = {
  malformed: 400,
  too_large: 413,
  incompatible: 422,
  full: 507,
  unavailable: 503,
  abandoned: 503,
  broken: 500,
};

/** What went wrong, as a problem of HTTP; what nobody foresaw tells the client nothing of itself. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreError) return new HttpProblem(STORE_STATUSES[error.code], error.message);
  return new HttpProblem(500, 'The server failed.');
}

/** `codes` go before those that statuses have elsewhere. */
export function answerProblem(
  context: Context,
  problem: HttpProblem,
  codes: Readonly<Partial<Record<HttpProblem['status'], string>>> = {},
): Response {
  const body = { code: codes[problem.status] ?? CODES[problem.status], message: problem.message };
  return context.json(body, problem.status, { ...problem.headers });
}
