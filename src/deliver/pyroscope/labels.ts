// Labels as Pyroscope takes them: which name a series has, and how text fits the name grammar of /ingest.
import type { Labels } from '../../model/labels.ts';
import type { ProfileType } from '../../model/profile.ts';

/** `__name__` of a series, by what its samples stand for. */
export const seriesName: Readonly<Record<ProfileType, string>> = { wall: 'wall', cpu: 'process_cpu' };

/** The label that holds the application's name. */
export const SERVICE_NAME = 'service_name';

/**
 * `app{name=value,...}` for /ingest. Its grammar has no quoting: a value ends at `,` or `}`, and what follows `}` would be read
 * as further labels, chosen by whoever wrote the URL. So those characters are percent-encoded.
 * The suffix names the profile type; without one a dotted application name would be refused ("unknown profile type").
 */
export function ingestName(app: string, type: ProfileType, labels: Labels): string {
  const pairs = labels.map(([name, value]) => `${name}=${value.replace(/[,{}]/g, encodeURIComponent)}`);
  return `${cleanApp(app)}.${type}{${pairs.join(',')}}`;
}

/** Application names of /ingest: letters, digits, `_`, `.`, `/` and `-`. */
function cleanApp(app: string): string {
  return app.replace(/[^A-Za-z0-9_./-]/g, '_') || 'unknown';
}
