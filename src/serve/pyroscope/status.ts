// What clients ask a server about itself, and the methods of Pyroscope that are not here.
import type { Hono } from 'hono';
import type { ServeContext, ServeEnv } from '../context.ts';
import { HttpProblem } from '../problem.ts';
import { serveUnary } from './connect/unary.ts';
import { Empty, FeatureFlags, VersionResponse } from './messages.ts';

const QUERIER_API = 1n;
/** Services of Pyroscope: what is not served of them is answered as not implemented, and clients do without. */
const SERVICES: readonly string[] = [
  'querier.v1.QuerierService',
  'push.v1.PusherService',
  'settings.v1.SettingsService',
  'settings.v1.RecordingRulesService',
  'vcs.v1.VCSService',
  'adhocprofiles.v1.AdHocProfileService',
  'capabilities.v1.FeatureFlagsService',
  'version.v1.Version',
];
const OTLP_PATHS: readonly string[] = [
  '/v1development/profiles',
  '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/*',
];

export function serveStatus(app: Hono<ServeEnv>, { bounds }: ServeContext): void {
  app.get('/api/v1/status/buildinfo', (context) =>
    context.json({ status: 'success', data: { version: 'spybridge' } }),
  );
  serveUnary(app, bounds, {
    path: '/version.v1.Version/Version',
    request: Empty,
    response: VersionResponse,
    answer: () => Promise.resolve({ QuerierAPI: QUERIER_API }),
  });
  serveUnary(app, bounds, {
    path: '/capabilities.v1.FeatureFlagsService/GetFeatureFlags',
    request: Empty,
    response: FeatureFlags,
    answer: () => Promise.resolve({}),
  });
}

/** Comes last: it takes what nothing before it took. */
export function serveUnimplemented(app: Hono<ServeEnv>): void {
  for (const service of SERVICES)
    app.all(`/${service}/*`, () => {
      throw new HttpProblem(501, 'This method of Pyroscope is not served here.');
    });
  for (const path of OTLP_PATHS)
    app.all(path, () => {
      throw new HttpProblem(
        501,
        'OTLP profiles are not taken here: their format still changes. Send pprof to push.v1 or to /ingest.',
      );
    });
}
