// The questions that the page asks, as Pyroscope's querier service has them. Times are UNIX ms.
import type { Labels } from '../../../model/labels.ts';
import type { CallTree } from '../model/call-tree.ts';
import { readFlamebearer } from '../model/flamebearer.ts';
import type { Flamebearer } from '../model/flamebearer.ts';
import type { Query } from '../model/query.ts';
import type { Span } from '../model/view-state.ts';
import { callQuerier } from './connect.ts';
import { field, listOf, numberOf, textOf, textsOf } from './json.ts';
import type { Json } from './json.ts';

export interface ServiceTypes {
  readonly service: string;
  /** Ids of profile types, sorted. */
  readonly types: readonly string[];
}

export interface TimePoint {
  /** Right edge of its step. */
  readonly timeMs: number;
  readonly value: number;
}

export interface TimeSeries {
  readonly labels: Labels;
  readonly points: readonly TimePoint[];
}

/** Beyond this the narrowest frames of a tree are put together by the server, as `other`. */
const MAX_SHOWN_NODES = 65_536;
/** The most that the server gives: for files. */
export const MAX_NODES = 1_048_576;

const times = ({ fromMs, untilMs }: Span): { start: number; end: number } => ({
  start: Math.floor(fromMs),
  end: Math.ceil(untilMs),
});

/** What there is, by name of service. */
export async function askServices(span: Span, signal: AbortSignal): Promise<readonly ServiceTypes[]> {
  const labelNames = ['service_name', '__profile_type__'];
  const answer = await callQuerier('Series', { matchers: [], labelNames, ...times(span) }, signal);
  const types = new Map<string, Set<string>>();
  for (const set of listOf(field(answer, 'labelsSet'))) {
    const labels = new Map(labelsOf(set));
    const [service, type] = [labels.get('service_name'), labels.get('__profile_type__')];
    if (service === undefined || type === undefined) continue;
    types.set(service, (types.get(service) ?? new Set<string>()).add(type));
  }
  return [...types]
    .map(([service, ids]) => ({ service, types: [...ids].sort() }))
    .sort((a, b) => (a.service < b.service ? -1 : 1));
}

export async function askLabelNames(query: Query, signal: AbortSignal): Promise<readonly string[]> {
  const request = { matchers: [query.selector], ...times(query.span) };
  return textsOf(field(await callQuerier('LabelNames', request, signal), 'names'));
}

export async function askLabelValues(
  name: string,
  query: Query,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const request = { name, matchers: [query.selector], ...times(query.span) };
  return textsOf(field(await callQuerier('LabelValues', request, signal), 'names'));
}

export async function askSeries(
  query: Query,
  { stepSeconds, groupBy }: { stepSeconds: number; groupBy: readonly string[] },
  signal: AbortSignal,
): Promise<readonly TimeSeries[]> {
  const request = { ...select(query), step: stepSeconds, groupBy };
  const answer = await callQuerier('SelectSeries', request, signal);
  return listOf(field(answer, 'series')).map((series) => ({
    labels: labelsOf(series),
    points: listOf(field(series, 'points')).map((point) => ({
      timeMs: numberOf(field(point, 'timestamp')),
      value: numberOf(field(point, 'value')),
    })),
  }));
}

export async function askTree(
  query: Query,
  signal: AbortSignal,
  maxNodes = MAX_SHOWN_NODES,
): Promise<CallTree | undefined> {
  const request = { ...select(query), maxNodes };
  return treeOf(await callQuerier('SelectMergeStacktraces', request, signal), false);
}

export async function askDiff(
  [left, right]: readonly [Query, Query],
  signal: AbortSignal,
  maxNodes = MAX_SHOWN_NODES,
): Promise<CallTree | undefined> {
  const sides = { left: { ...select(left), maxNodes }, right: { ...select(right), maxNodes } };
  return treeOf(await callQuerier('Diff', sides, signal), true);
}

function select({ type, selector, span }: Query): object {
  return { profileTypeID: type, labelSelector: selector, ...times(span) };
}

function treeOf(answer: Json, isComparison: boolean): CallTree | undefined {
  const graph = field(answer, 'flamegraph');
  const levels = listOf(field(graph, 'levels')).map((level) => ({
    values: listOf(field(level, 'values')) as Flamebearer['levels'][number]['values'],
  }));
  return readFlamebearer({ names: listOf(field(graph, 'names')).map(textOf), levels }, isComparison);
}

function labelsOf(value: Json): Labels {
  return listOf(field(value, 'labels')).map((label) => [
    textOf(field(label, 'name')),
    textOf(field(label, 'value')),
  ]);
}
