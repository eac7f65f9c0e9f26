// Pyroscope's API: what its clients send profiles with, and what Grafana and its apps query. Times, names and statuses are
// Pyroscope's; docs/pyroscope-api.md names each place where this server is stricter.
import { Hono } from 'hono';
import type { ServeContext, ServeEnv } from '../context.ts';
import { answerProblem, problemOf } from './connect/problem.ts';
import { serveIngest } from './ingest/ingest.ts';
import { servePush } from './push.ts';
import { serveLabelQueries } from './querier/labels.ts';
import { serveSelections } from './querier/select.ts';
import { serveSeries } from './querier/series.ts';
import { serveRender } from './render.ts';
import { serveStatus, serveUnimplemented } from './status.ts';

export function pyroscopeApi(context: ServeContext): Hono<ServeEnv> {
  const app = new Hono<ServeEnv>();
  serveIngest(app, context);
  servePush(app, context);
  serveLabelQueries(app, context);
  serveSelections(app, context);
  serveSeries(app, context);
  serveRender(app, context);
  serveStatus(app, context);
  serveUnimplemented(app);
  app.onError((error, http) => answerProblem(http, problemOf(error)));
  return app;
}
