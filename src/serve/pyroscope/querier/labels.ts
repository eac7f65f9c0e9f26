// Queries that add nothing up: which profile types, labels and series there are.
import type { Hono } from 'hono';
import { parseProfileTypeId, nameOfType } from '../../../store/profile-type.ts';
import type { ServeContext, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import type { Draft, Message } from '../connect/message.ts';
import { serveUnary } from '../connect/unary.ts';
import {
  Empty,
  LabelNamesRequest,
  LabelValuesRequest,
  NamesResponse,
  ProfileStats,
  ProfileTypesRequest,
  ProfileTypesResponse,
  SeriesRequest,
  SeriesResponse,
} from '../messages.ts';
import type { TimeRange } from '../query-time.ts';
import { optionalTimeRange, timeRange } from '../query-time.ts';
import { selectLabels } from './selection.ts';

const SERVICE = '/querier.v1.QuerierService';
const PROFILE_TYPE = '__profile_type__';
const MILLI = 1_000_000n;
/** Clients that can quote the name of a label say so; to others a name with dots would be an error in every selector. */
const QUOTES_NAMES = 'allow-utf8-labelnames=true';
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function serveLabelQueries(app: Hono<ServeEnv>, context: ServeContext): void {
  const { store, bounds } = context;
  serveUnary(app, bounds, {
    path: `${SERVICE}/ProfileTypes`,
    request: ProfileTypesRequest,
    response: ProfileTypesResponse,
    answer: async ({ start, end }, { tenant }) => {
      const ids = await profileTypeIds(context, tenant, optionalTimeRange(start, end));
      return { profileTypes: ids.map(describeType) };
    },
  });
  serveUnary(app, bounds, {
    path: `${SERVICE}/LabelNames`,
    request: LabelNamesRequest,
    response: NamesResponse,
    answer: async ({ matchers, start, end }, { tenant, accept }) => {
      const selector = selectLabels(matchers, { tenant, range: timeRange(start, end) });
      const names = new Set((await store.series(selector)).flatMap((labels) => labels.map(([name]) => name)));
      const isShown = (name: string): boolean => accept.includes(QUOTES_NAMES) || PLAIN_NAME.test(name);
      return { names: [...names].filter(isShown).sort() };
    },
  });
  serveUnary(app, bounds, {
    path: `${SERVICE}/LabelValues`,
    request: LabelValuesRequest,
    response: NamesResponse,
    answer: async ({ name, matchers, start, end }, { tenant }) => {
      if (name === '') throw new HttpProblem(400, 'The name of the label is missing.');
      const selector = selectLabels(matchers, { tenant, range: timeRange(start, end) });
      const values = (await store.series(selector, [name])).flatMap((labels) =>
        labels.map(([, value]) => value),
      );
      return { names: [...new Set(values)].filter((value) => value !== '').sort() };
    },
  });
  serveUnary(app, bounds, {
    path: `${SERVICE}/Series`,
    request: SeriesRequest,
    response: SeriesResponse,
    answer: async ({ matchers, labelNames, start, end }, { tenant }) => {
      const selector = selectLabels(matchers, { tenant, range: timeRange(start, end) });
      const found = await store.series(selector, labelNames.length === 0 ? undefined : labelNames);
      const sets = found.filter((labels) => labels.length > 0);
      return {
        labelsSet: sets.map((labels) => ({ labels: labels.map(([name, value]) => ({ name, value })) })),
      };
    },
  });
  serveStatistics(app, context);
}

function serveStatistics(app: Hono<ServeEnv>, { store, bounds }: ServeContext): void {
  serveUnary(app, bounds, {
    path: `${SERVICE}/GetProfileStats`,
    request: Empty,
    response: ProfileStats,
    answer: async (_, { tenant }) => {
      const { profiles, oldestNanos = 0n, newestNanos = 0n } = await store.statistics(tenant);
      return {
        dataIngested: profiles > 0,
        oldestProfileTime: oldestNanos / MILLI,
        newestProfileTime: newestNanos / MILLI,
      };
    },
  });
}

/** Sorted. */
export async function profileTypeIds(
  { store }: ServeContext,
  tenant: string,
  range: TimeRange,
): Promise<readonly string[]> {
  const found = await store.series(selectLabels([], { tenant, range }), [PROFILE_TYPE]);
  return [...new Set(found.flatMap((labels) => labels.map(([, id]) => id)))].filter((id) => id !== '').sort();
}

function describeType(id: string): Draft<Message<typeof ProfileTypesResponse>['profileTypes'][number]> {
  const parts = parseProfileTypeId(id);
  if (parts === undefined) return { ID: id };
  const { type, sampleType, periodType } = parts;
  return {
    ID: id,
    name: nameOfType(type),
    sampleType: sampleType.type,
    sampleUnit: sampleType.unit,
    periodType: periodType.type,
    periodUnit: periodType.unit,
  };
}
