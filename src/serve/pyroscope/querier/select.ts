// Queries that add profiles up: flame graphs, pprof, differences.
import type { Hono } from 'hono';
import { encodePprofTable } from '../../../formats/pprof/encode.ts';
import type { Pprof } from '../../../formats/pprof/pprof.ts';
import type { ServeContext, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import type { Draft, Message } from '../connect/message.ts';
import { serveUnary } from '../connect/unary.ts';
import { asMessage, makeFlameDiff, makeFlameGraph } from './flame.ts';
import type { SampleFilter } from './merge.ts';
import { checkFilter, mergeSelection } from './merge.ts';
import {
  DiffRequest,
  DiffResponse,
  FlameGraphResponse,
  Profile,
  SelectMergeProfileRequest,
  SelectMergeSpanProfileRequest,
  SelectMergeStacktracesRequest,
  SelectMergeStacktracesResponse,
} from './messages.ts';
import { selectionOf } from './selection.ts';

const SERVICE = '/querier.v1.QuerierService';
const DEFAULT_NODES = 8_192;
export const MAX_NODES = 1_048_576;
const FORMATS = { unspecified: 0, flamegraph: 1, pprof: 4 };
const NO_PROFILE = new Uint8Array(0);

export function serveSelections(app: Hono<ServeEnv>, context: ServeContext): void {
  serveUnary(app, context.bounds, {
    path: `${SERVICE}/SelectMergeStacktraces`,
    request: SelectMergeStacktracesRequest,
    response: SelectMergeStacktracesResponse,
    answer: (request, { tenant }) => selectStacktraces(context, request, tenant),
  });
  serveUnary(app, context.bounds, {
    path: `${SERVICE}/SelectMergeSpanProfile`,
    request: SelectMergeSpanProfileRequest,
    response: FlameGraphResponse,
    answer: async (request, { tenant }) => {
      if (request.spanSelector.length === 0) throw new HttpProblem(400, 'spanSelector is empty.');
      const pprof = await merge(context, { ...NO_SELECTORS, ...request }, tenant);
      refuseFormat(request.format, [FORMATS.unspecified, FORMATS.flamegraph]);
      return { flamegraph: asMessage(makeFlameGraph(pprof, nodesOf(request.maxNodes))) };
    },
  });
  serveUnary(app, context.bounds, {
    path: `${SERVICE}/SelectMergeProfile`,
    request: SelectMergeProfileRequest,
    response: Profile,
    answer: async (request, { tenant }) => {
      nodesOf(request.maxNodes);
      return encodeProfile(await merge(context, { ...NO_SELECTORS, ...request }, tenant));
    },
  });
  serveUnary(app, context.bounds, {
    path: `${SERVICE}/Diff`,
    request: DiffRequest,
    response: DiffResponse,
    answer: (request, { tenant }) => diff(context, request, tenant),
  });
}

type StacktracesRequest = Message<typeof SelectMergeStacktracesRequest>;
type MergeFields = Omit<StacktracesRequest, 'maxNodes' | 'format'>;

const NO_SELECTORS: Pick<
  MergeFields,
  'stackTraceSelector' | 'profileIdSelector' | 'traceIdSelector' | 'spanSelector'
> = { stackTraceSelector: undefined, profileIdSelector: [], traceIdSelector: [], spanSelector: [] };

async function selectStacktraces(
  context: ServeContext,
  request: StacktracesRequest,
  tenant: string,
): Promise<Draft<Message<typeof SelectMergeStacktracesResponse>>> {
  const maxNodes = nodesOf(request.maxNodes);
  refuseFormat(request.format, Object.values(FORMATS));
  const pprof = await merge(context, request, tenant);
  return request.format === FORMATS.pprof
    ? { pprof: { profile: encodeProfile(pprof) } }
    : { flamegraph: asMessage(makeFlameGraph(pprof, maxNodes)) };
}

async function diff(
  context: ServeContext,
  { left, right }: Message<typeof DiffRequest>,
  tenant: string,
): Promise<Draft<Message<typeof DiffResponse>>> {
  if (left === undefined || right === undefined)
    throw new HttpProblem(400, 'A difference needs both left and right.');
  const maxNodes = Math.max(nodesOf(left.maxNodes), nodesOf(right.maxNodes));
  const before = await merge(context, left, tenant);
  const after = await merge(context, right, tenant);
  return { flamegraph: asMessage(makeFlameDiff(before, after, maxNodes)) };
}

async function merge(
  context: ServeContext,
  request: MergeFields,
  tenant: string,
): Promise<Pprof | undefined> {
  const selection = selectionOf(request, tenant);
  return mergeSelection(context, selection, filterOf(request));
}

function filterOf(request: MergeFields): SampleFilter {
  if (request.profileIdSelector.length > 0)
    throw new HttpProblem(501, 'Profiles cannot be selected by their ids here.');
  if (request.stackTraceSelector?.goPgo !== undefined)
    throw new HttpProblem(501, 'Profiles for PGO are not made here.');
  return checkFilter({
    spanIds: request.spanSelector,
    traceIds: request.traceIdSelector,
    callSite: request.stackTraceSelector?.callSite.map(({ name }) => name) ?? [],
  });
}

/** Throws HttpProblem(400). */
export function nodesOf(maxNodes: bigint): number {
  if (maxNodes < 0n || maxNodes > BigInt(MAX_NODES))
    throw new HttpProblem(400, `maxNodes must be from 0 to ${MAX_NODES}; 0 stands for ${DEFAULT_NODES}.`);
  return maxNodes === 0n ? DEFAULT_NODES : Number(maxNodes);
}

function refuseFormat(format: number, known: readonly number[]): void {
  if (!known.includes(format))
    throw new HttpProblem(
      501,
      `The format ${format} is not made here: ask for the flame graph or for pprof.`,
    );
}

function encodeProfile(pprof: Pprof | undefined): Uint8Array {
  return pprof === undefined ? NO_PROFILE : encodePprofTable(pprof);
}
