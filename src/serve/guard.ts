// Who gets through to the APIs: right host, right site, right token, a tenant, and not too often.
import type { Context, MiddlewareHandler } from 'hono';
import { isIP } from 'node:net';
import type { ServeEnv } from './context.ts';
import type { ClientRates } from './client-rates.ts';
import type { Credentials, Scope } from './credentials.ts';
import { addressOf } from './observed.ts';
import { HttpProblem } from './problem.ts';
import type { RefusalReason } from './serve-metrics.ts';

export interface GuardOptions {
  readonly credentials: Credentials;
  readonly rates: ClientRates;
  readonly isMultiTenant: boolean;
  /** The server is reached from this machine only. */
  readonly isOnLoopback: boolean;
  readonly onRefusal: (reason: RefusalReason) => void;
}

/** The one tenant where there are no others. */
export const ANONYMOUS = 'anonymous';
/** Pyroscope's grammar. */
const TENANT = /^[A-Za-z0-9!_.*'()-]{1,150}$/;
export const METRICS_PATH = '/metrics';
/** Queries of Pyroscope's clients, which are sent as POST; the last ones are answered as not implemented. */
const QUERIES = /^\/(querier|version|capabilities|settings|vcs|adhocprofiles)\.v1\.[A-Za-z]+\/[A-Za-z]+$/;

export function guard(options: GuardOptions): MiddlewareHandler<ServeEnv> {
  return async (context, next) => {
    const scope = scopeOf(context.req.method, context.req.path);
    checkSite(context, scope, options);
    checkToken(context, scope, options);
    if (scope === 'write') checkRate(context, options);
    // Figures are of the whole server, and whoever scrapes them is nobody's tenant.
    if (context.req.path !== METRICS_PATH) context.set('tenant', tenantOf(context, options));
    await next();
  };
}

/** Whatever is not known to be harmless is a write. */
export function scopeOf(method: string, path: string): Scope {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return 'read';
  return method === 'POST' && QUERIES.test(path) ? 'read' : 'write';
}

/**
 * A web page of somebody else must not reach a server that trusts its machine: neither by a request across sites, nor by a name
 * of its own that it lets point here (DNS rebinding).
 */
function checkSite(context: Context, scope: Scope, options: GuardOptions): void {
  const { host = '', origin, 'sec-fetch-site': site } = context.req.header();
  if (options.isOnLoopback && options.credentials.isOpen(scope) && !isLocalHost(host)) {
    options.onRefusal('host');
    throw new HttpProblem(403, 'this server without tokens answers to localhost and to addresses only');
  }
  if (scope === 'write' && (site === 'cross-site' || (origin !== undefined && hostOf(origin) !== host))) {
    options.onRefusal('cross_site');
    throw new HttpProblem(403, 'pages of other sites may not write here');
  }
}

function isLocalHost(host: string): boolean {
  const name = hostnameOf(host);
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0;
}

function hostnameOf(host: string): string {
  const [, v6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(host.toLowerCase()) ?? [];
  return v6 ?? name ?? '';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function checkToken(context: Context, scope: Scope, options: GuardOptions): void {
  const verdict = options.credentials.judge(context.req.header('authorization'), scope);
  if (verdict === 'admitted') return;
  if (verdict === 'forbidden') {
    options.onRefusal('forbidden');
    throw new HttpProblem(403, `this token may not ${scope}`);
  }
  options.onRefusal('unauthorized');
  // Basic is taken, too, but not named: browsers would ask for a password before the page can ask for the token.
  throw new HttpProblem(401, `a token is needed to ${scope}`, {
    'www-authenticate': 'Bearer realm="spybridge"',
  });
}

function checkRate(context: Context, { rates, onRefusal }: GuardOptions): void {
  const waitS = rates.take(addressOf(context));
  if (waitS === 0) return;
  onRefusal('rate');
  throw new HttpProblem(429, 'too many uploads from this address', { 'retry-after': String(waitS) });
}

function tenantOf(context: Context, { isMultiTenant, onRefusal }: GuardOptions): string {
  if (!isMultiTenant) return ANONYMOUS;
  const tenant = context.req.header('x-scope-orgid') ?? '';
  if (tenant !== '' && TENANT.test(tenant) && tenant !== '.' && tenant !== '..') return tenant;
  onRefusal('tenant');
  throw tenant === ''
    ? new HttpProblem(401, 'no org id')
    : new HttpProblem(400, "X-Scope-OrgID holds 1 to 150 characters of A-Z a-z 0-9 ! _ . * ' ( ) -");
}
