// GET /pyroscope/render and /render-diff: flame graphs as Pyroscope's older page and the Explore Profiles app read them.
import type { Context, Hono } from 'hono';
import type { Matcher } from '../../store/selector.ts';
import type { ServeContext, ServeEnv } from '../context.ts';
import { HttpProblem } from '../problem.ts';
import { makeFlameDiff, makeFlameGraph } from './querier/flame.ts';
import { mergeSelection } from './querier/merge.ts';
import { sumPoints } from './querier/points.ts';
import type { Selection } from './querier/selection.ts';
import { readMatchers, selectType } from './querier/selection.ts';
import { nodesOf } from './querier/select.ts';
import { profileTypeIds } from './querier/labels.ts';
import { optionalTimeRange, parseTime, timeRange } from './query-time.ts';
import { makeTimeline, timelineStep } from './timeline.ts';

const RENDER = '/pyroscope/render';
const RENDER_DIFF = '/pyroscope/render-diff';
const LABEL_VALUES = '/pyroscope/label-values';
const MILLI = 1_000_000n;
const NO_FILTER = { spanIds: [], traceIds: [], callSite: [] };
const COUNTED: ReadonlySet<string> = new Set(['inuse_objects', 'alloc_objects', 'goroutine', 'samples']);
/** What a group is called whose profiles lack the label. */
const NO_GROUP = '*';

export function serveRender(app: Hono<ServeEnv>, context: ServeContext): void {
  app.get(RENDER, async (http) => http.json(await render(http, context)));
  app.get(RENDER_DIFF, async (http) => http.json(await renderDiff(http, context)));
  app.get(LABEL_VALUES, async (http) => {
    const label = http.req.query('label') ?? '';
    if (label !== '__name__')
      throw new HttpProblem(
        400,
        'Only label=__name__ is answered here; querier.v1 has LabelValues for others.',
      );
    return http.json(await profileTypeIds(context, http.get('tenant'), optionalTimeRange(0n, 0n)));
  });
  for (const path of [RENDER, RENDER_DIFF, LABEL_VALUES])
    app.all(path, () => {
      throw new HttpProblem(405, 'This address takes GET only.', { allow: 'GET' });
    });
}

interface RenderQuery {
  readonly selection: Selection;
  readonly startMs: bigint;
  readonly endMs: bigint;
}

async function render(http: Context<ServeEnv>, context: ServeContext): Promise<object> {
  if (http.req.query('format') === 'dot')
    throw new HttpProblem(
      501,
      'The format dot is not made here: go tool pprof makes it of SelectMergeProfile.',
    );
  const query = readQuery(http, context, ['query', 'from', 'until']);
  const groupBy = http.req.query('groupBy');
  const { startMs, endMs } = query;
  const stepMs = timelineStep(startMs, endMs);
  const pprof = await mergeSelection(context, query.selection, NO_FILTER);
  const { names, levels, total, maxSelf } = makeFlameGraph(pprof, readNodes(http));
  const pointsOf = (by: readonly string[]): ReturnType<typeof sumPoints> => {
    const isMean = http.req.query('aggregation') === 'avg';
    return sumPoints(context.store, { ...query, stepMs, groupBy: by, isMean, limit: 0 });
  };
  const span = { startMs, endMs, stepMs };
  const [all] = await pointsOf([]);
  const groups = groupBy === undefined || groupBy === '' ? undefined : await pointsOf([groupBy]);
  return {
    version: 1,
    flamebearer: { names, levels, numTicks: total, maxSelf },
    metadata: { format: 'single', ...describe(query.selection) },
    timeline: makeTimeline(all?.points ?? [], span),
    groups:
      groups === undefined
        ? null
        : Object.fromEntries(
            groups.map(({ labels, points }) => [labels[0]?.[1] ?? NO_GROUP, makeTimeline(points, span)]),
          ),
    heatmap: null,
  };
}

async function renderDiff(http: Context<ServeEnv>, context: ServeContext): Promise<object> {
  const left = readQuery(http, context, ['leftQuery', 'leftFrom', 'leftUntil']);
  const right = readQuery(http, context, ['rightQuery', 'rightFrom', 'rightUntil']);
  if (left.selection.typeId !== right.selection.typeId)
    throw new HttpProblem(400, 'The profile types of leftQuery and rightQuery must be the same.');
  const before = await mergeSelection(context, left.selection, NO_FILTER);
  const after = await mergeSelection(context, right.selection, NO_FILTER);
  const flame = makeFlameDiff(before, after, readNodes(http));
  const { names, levels, total, maxSelf, leftTicks, rightTicks } = flame;
  return {
    version: 1,
    flamebearer: { names, levels, numTicks: total, maxSelf },
    metadata: { format: 'double', ...describe(left.selection) },
    timeline: null,
    groups: null,
    heatmap: null,
    leftTicks,
    rightTicks,
  };
}

/** The names of three parameters: query, from, until. */
function readQuery(
  http: Context<ServeEnv>,
  context: ServeContext,
  [queryName, fromName, untilName]: readonly [query: string, from: string, until: string],
): RenderQuery {
  const matchers = readMatchers(http.req.query(queryName) ?? '', queryName);
  const typeOf = matchers.findLast(isName);
  if (typeOf === undefined)
    throw new HttpProblem(400, `${queryName} names no profile type before its {, such as ${EXAMPLE}.`);
  const now = context.now();
  const timeOf = (name: string): bigint => {
    const text = http.req.query(name) ?? '';
    return (text === '' ? now : parseTime(text, now)) / MILLI;
  };
  const [startMs, endMs] = [timeOf(fromName), timeOf(untilName)];
  const others = matchers.filter((matcher) => !isName(matcher));
  const tenant = http.get('tenant');
  const selection = selectType(typeOf.value, others, { tenant, range: timeRange(startMs, endMs) });
  return { selection, startMs, endMs };
}

const EXAMPLE = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="shop"}';

function isName({ name }: Matcher): boolean {
  return name === '__name__';
}

/** What is no number means nothing to clients that have always sent it. */
function readNodes(http: Context): number {
  const text = http.req.query('maxNodes') ?? http.req.query('max-nodes') ?? '';
  return nodesOf(/^-?\d{1,18}$/.test(text) ? BigInt(text) : 0n);
}

function describe({ type: { sampleType } }: Selection): object {
  const about = { spyName: '', name: sampleType.type };
  if (sampleType.type === 'cpu') return { ...about, sampleRate: 1_000_000_000, units: 'samples' };
  const units = COUNTED.has(sampleType.type) ? 'objects' : sampleType.unit;
  return { ...about, sampleRate: 100, units };
}
