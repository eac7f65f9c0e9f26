// A Pyroscope server as the target of a run.
import type { Config } from '../config/config.ts';
import { PyroscopeDestination } from '../deliver/pyroscope/destination.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { EventLog } from '../observe/events.ts';
import type { Target } from './target.ts';
import { version } from './version.ts';

export function makePyroscopeTarget(config: Config, url: URL, app: string, events: EventLog): Target {
  const { authToken, basicAuth, tenant, timeoutMs, workers } = config;
  const destination = new PyroscopeDestination({
    api: config.api,
    access: {
      ...{ url, authToken, basicAuth, tenant, timeoutMs },
      ...{ connections: workers, userAgent: `spybridge/${version}` },
    },
    onFallback: (status) => {
      events.report('api_fallback', { status });
    },
    onClockSkew: (skewMs) => {
      events.report('clock_skew', { skewSeconds: Math.round(skewMs / 1_000) });
    },
  });
  return {
    ...{ app, destination, longestAgeMs: undefined, rateBytesPerSecond: config.rateBytesPerSecond },
    requireHealth: async () => {
      const reason = await destination.findUnreadiness();
      if (reason === undefined) return;
      throw new SpybridgeError('server_unreachable', `Pyroscope at ${url.href} is not ready: ${reason}.`, {
        hint: 'Start it first, or leave out --require-healthy: then samples wait for it in the queue.',
      });
    },
    close: () => {
      // Not awaited: a connection that does not close must not hold back the end.
      void destination.close();
      return Promise.resolve();
    },
  };
}
