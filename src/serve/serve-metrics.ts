// The server's figures for Prometheus. Labels have few values: routes are patterns, never paths.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Figure } from '../store/figures.ts';
import type { StoreStatistics } from '../store/store.ts';
import { addStoreFigures } from './store-figures.ts';

const SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

export type RefusalReason =
  | 'unauthorized'
  | 'forbidden'
  | 'rate'
  | 'busy'
  | 'body'
  | 'slow'
  | 'cross_site'
  | 'host'
  | 'tenant'
  /* Before there is a request: */
  | 'connections'
  | 'headers'
  | 'request_timeout'
  | 'not_http';

export interface ServeMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'method' | 'route' | 'code'>;
  readonly durations: Histogram<'route'>;
  readonly running: Gauge;
  readonly refusals: Counter<'reason'>;
  /** Of any API, by its format. */
  readonly uploads: Counter<'api' | 'format' | 'outcome'>;
  /** What a bound of this server has cut without refusing it. */
  readonly boundsHit: Counter<'bound'>;
  /** Whatever adds nothing up. */
  readonly queries: Counter<'kind' | 'outcome'>;
  readonly ingests: Counter<'outcome'>;
  readonly ingestedBytes: Counter;
  readonly ingestDurations: Histogram;
  readonly merges: Counter<'outcome'>;
  readonly mergedProfiles: Counter;
  readonly mergeDurations: Histogram;
  readonly deletedProfiles: Counter;
}

export interface MetricFacts {
  readonly version: string;
  /** Undefined where there are several tenants: figures are theirs alone. */
  readonly statistics: (() => Promise<StoreStatistics>) | undefined;
  /** What the store counts of itself. */
  readonly figures: () => readonly Figure[];
  /** How often each event of the log has happened. */
  readonly events: () => ReadonlyMap<string, number>;
}

export function makeServeMetrics(facts: MetricFacts): ServeMetrics {
  const registry = new Registry();
  const of = (name: string, help: string): { name: string; help: string; registers: Registry[] } => ({
    name: `spybridge_${name}`,
    help,
    registers: [registry],
  });
  const counter = <Label extends string>(
    name: string,
    help: string,
    ...labelNames: Label[]
  ): Counter<Label> => new Counter({ ...of(name, help), labelNames });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    ...labelNames: Label[]
  ): Histogram<Label> => new Histogram({ ...of(name, help), labelNames, buckets: SECONDS });
  addStoreFigures(registry, facts.figures);
  addFacts(of, facts);
  return {
    registry,
    requests: counter('http_requests_total', 'Requests that were answered.', 'method', 'route', 'code'),
    durations: histogram('http_request_duration_seconds', 'Time to an answer.', 'route'),
    running: new Gauge(of('http_requests_running', 'Requests that are being worked on.')),
    refusals: counter(
      'http_requests_refused_total',
      'Requests and connections that no API has seen, by reason.',
      'reason',
    ),
    uploads: counter(
      'uploads_total',
      'Profiles sent to any API, by what became of them.',
      ...(['api', 'format', 'outcome'] as const),
    ),
    boundsHit: counter('serve_bounds_hit_total', 'What a bound of the server has cut, by bound.', 'bound'),
    queries: counter('queries_total', 'Questions to the store, by what became of them.', 'kind', 'outcome'),
    ingests: counter(
      'ingested_profiles_total',
      'Writes of profiles to the store, by what became of them.',
      'outcome',
    ),
    ingestedBytes: counter('ingested_bytes_total', 'Bytes of stored uploads, as they were sent.'),
    ingestDurations: histogram('ingest_duration_seconds', 'Time until an upload is stored for good.'),
    merges: counter('merges_total', 'Merges, by what became of them.', 'outcome'),
    mergedProfiles: counter('merged_profiles_total', 'Profiles that merges have added up.'),
    mergeDurations: histogram('merge_duration_seconds', 'Time of a merge.'),
    deletedProfiles: counter('deleted_profiles_total', 'Profiles that were deleted on request.'),
  };
}

function addFacts(
  of: (name: string, help: string) => { name: string; help: string; registers: Registry[] },
  { version, events, statistics }: MetricFacts,
): void {
  new Gauge({ ...of('build_info', 'The version of this program.'), labelNames: ['version'] }).set(
    { version },
    1,
  );
  addEvents(of('events_total', 'What has happened, by event of the log.'), events);
  if (statistics !== undefined) addStoreGauges(of, statistics);
}

function addEvents(
  options: { name: string; help: string; registers: Registry[] },
  read: () => ReadonlyMap<string, number>,
): void {
  new Counter({
    ...options,
    labelNames: ['event'],
    collect() {
      this.reset();
      for (const [event, times] of read()) this.inc({ event }, times);
    },
  });
}

function addStoreGauges(
  of: (name: string, help: string) => { name: string; help: string; registers: Registry[] },
  statistics: () => Promise<StoreStatistics>,
): void {
  const add = (name: string, help: string, read: (figures: StoreStatistics) => number): void => {
    new Gauge({
      ...of(name, help),
      async collect() {
        const figures = await shared();
        if (figures !== undefined) this.set(read(figures));
      },
    });
  };
  // All are collected at once: one question to the store serves them.
  let asked: Promise<StoreStatistics | undefined> | undefined;
  const shared = (): Promise<StoreStatistics | undefined> =>
    (asked ??= statistics()
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      }));
  add('store_profiles', 'Profiles in the store.', ({ profiles }) => profiles);
  add('store_bytes', 'Bytes of all stored uploads, as they were sent.', ({ bytes }) => bytes);
  add('store_oldest_timestamp_seconds', 'UNIX time of the oldest stored profile.', ({ oldestNanos = 0n }) =>
    Math.floor(Number(oldestNanos / 1_000_000_000n)),
  );
}
