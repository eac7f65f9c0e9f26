// The application: what is around every request, then the APIs, each mounted as it is.
import { Hono } from 'hono';
import { getPath } from 'hono/utils/url';
import type { EventLog } from '../observe/events.ts';
import { ClientRates } from './client-rates.ts';
import type { ServeBounds, ServeContext, ServeEnv } from './context.ts';
import type { Credentials } from './credentials.ts';
import { ANONYMOUS, guard, METRICS_PATH } from './guard.ts';
import { MeasuredStore } from './measured-store.ts';
import { observed } from './observed.ts';
import { pace } from './pace.ts';
import { pageFiles } from './page-files.ts';
import { profefeApi } from './profefe/api.ts';
import { pyroscopeApi } from './pyroscope/api.ts';
import { receive } from './receive.ts';
import { answerError, answerUnknown } from './refusal.ts';
import { makeServeMetrics } from './serve-metrics.ts';
import type { RefusalReason } from './serve-metrics.ts';
import type { ProfileStore } from '../store/store.ts';
import type { UnreadAnswers } from './unread.ts';

export interface AppOptions {
  readonly store: ProfileStore;
  readonly bounds: ServeBounds;
  readonly events: EventLog;
  readonly credentials: Credentials;
  readonly version: string;
  /** Of the built page; undefined: there is none. */
  readonly pageFolder: string | undefined;
  readonly isMultiTenant: boolean;
  /** Uploads per second and client; 0 is no limit. */
  readonly writesPerSecond: number;
  readonly maxRunning: number;
  readonly answerTimeoutMs: number;
}

export interface AppFacts {
  readonly isOnLoopback: boolean;
  readonly isStopping: () => boolean;
  readonly unread: UnreadAnswers;
}

export interface App {
  readonly http: Hono<ServeEnv>;
  /** Counted in the metrics, for whoever writes without HTTP. */
  readonly store: ProfileStore;
  readonly onRefusal: (reason: RefusalReason) => void;
}

export function makeApp(options: AppOptions, facts: AppFacts): App {
  const { events, version, isMultiTenant } = options;
  const metrics = makeServeMetrics({
    version,
    figures: () => options.store.figures?.() ?? [],
    events: () => events.totals,
    statistics: isMultiTenant ? undefined : () => options.store.statistics(ANONYMOUS),
  });
  const onRefusal = (reason: RefusalReason): void => {
    metrics.refusals.inc({ reason });
    events.report('request_refused', { reason });
  };
  const onForgotten = (): void => {
    metrics.boundsHit.inc({ bound: 'clients' });
  };
  const rates = new ClientRates(options.writesPerSecond, undefined, onForgotten);
  const app = new Hono<ServeEnv>({ getPath: plainPath });
  app.onError((error, context) => answerError(context, error));
  app.notFound((context) => answerUnknown(context, app));
  app.use(observed({ events, metrics }));
  addHealth(app, options, facts);
  // Its files hold no secrets, and it asks for the token itself.
  if (options.pageFolder !== undefined) app.route('/', pageFiles(options.pageFolder));
  app.use(guard({ ...options, ...facts, rates, onRefusal }));
  app.get(METRICS_PATH, async (context) =>
    context.text(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType }),
  );
  const { bodyBytes } = options.bounds;
  app.use(receive({ bodyBytes, heldBytes: options.maxRunning * bodyBytes, onRefusal }));
  app.use(pace({ ...options, unread: facts.unread, onRefusal }));
  const context: ServeContext = {
    store: new MeasuredStore(options.store, metrics),
    bounds: options.bounds,
    now: () => BigInt(Date.now()) * 1_000_000n,
    counts: {
      upload: (upload) => {
        metrics.uploads.inc(upload);
      },
      bound: (bound) => {
        metrics.boundsHit.inc({ bound });
      },
    },
  };
  app.route('/', profefeApi(context, version));
  app.route('/', pyroscopeApi(context));
  return { http: app, store: context.store, onRefusal };
}

/** `//` and a slash at the end are what base URLs with a slash too many make; both mean the path without them. */
function plainPath(request: Request): string {
  const path = getPath(request).replace(/\/{2,}/g, '/');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** For whoever watches the server: no token is asked for. */
function addHealth(app: Hono<ServeEnv>, { store }: AppOptions, { isStopping }: AppFacts): void {
  app.get('/healthz', (context) => context.text('ok\n'));
  const unreadiness = async (): Promise<string | undefined> => {
    if (isStopping()) return 'the server stops';
    return store.statistics(ANONYMOUS).then(
      () => undefined,
      () => 'the store does not answer',
    );
  };
  app.get('/readyz', async (context) => {
    const reason = await unreadiness();
    return context.text(`${reason ?? 'ready'}\n`, reason === undefined ? 200 : 503);
  });
  // Pyroscope's name for it.
  app.get('/ready', async (context) => {
    const reason = await unreadiness();
    return context.text(reason ?? 'ready', reason === undefined ? 200 : 503);
  });
}
