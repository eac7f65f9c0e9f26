// What no API has answered, as an answer: refusals, unknown paths, defects. Written in the way of the API that was asked.
import type { Context, Hono } from 'hono';
import type { ServeEnv } from './context.ts';
import { HttpProblem } from './problem.ts';
import { errorEnvelope, PROFEFE_PREFIX } from './profefe/envelope.ts';
import { answerProblem, problemOf } from './pyroscope/connect/problem.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Of an error that a handler has thrown. What is our own fault tells the client nothing of itself. */
export function answerError(context: Context, error: unknown): Response {
  const { status, message, headers } = problemOf(error);
  return refuse(
    context,
    new HttpProblem(status, status === 500 ? 'internal server error' : message, headers),
  );
}

/** 405 with Allow where another method would have found something, else 404. */
export function answerUnknown(context: Context, app: Hono<ServeEnv>): Response {
  const allowed = METHODS.filter((method) => hasRoute(app, method, context.req.path));
  if (allowed.length === 0) return refuse(context, new HttpProblem(404, 'there is nothing at this path'));
  if (allowed.includes('GET')) allowed.push('HEAD');
  const message = `the method ${context.req.method} is not allowed here`;
  return refuse(context, new HttpProblem(405, message, { allow: allowed.join(', ') }));
}

function refuse(context: Context, problem: HttpProblem): Response {
  if (!context.req.path.startsWith(PROFEFE_PREFIX)) return answerProblem(context, problem);
  const { status, message, headers } = problem;
  return new Response(errorEnvelope(status, message), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** Middleware stands for all methods; routes for one, and the page's for whatever files there are. */
function hasRoute(app: Hono<ServeEnv>, method: string, path: string): boolean {
  return app.router
    .match(method, path)[0]
    .some(([[, route]]) => route.method === method && route.path !== '/*');
}
