// SelectSeries: a profile type over time.
import type { Hono } from 'hono';
import type { ServeContext, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import { serveUnary } from '../connect/unary.ts';
import { SelectSeriesResponse } from '../messages.ts';
import { SelectSeriesRequest } from './messages.ts';
import { sumPoints } from './points.ts';
import { selectionOf } from './selection.ts';

const MEAN = 1;
const MIN_STEP_SECONDS = 0.001;
/** A century; the number of ms stays exact. */
const MAX_STEP_SECONDS = 3_153_600_000;

export function serveSeries(app: Hono<ServeEnv>, context: ServeContext): void {
  serveUnary(app, context.bounds, {
    path: '/querier.v1.QuerierService/SelectSeries',
    request: SelectSeriesRequest,
    response: SelectSeriesResponse,
    answer: async (request, { tenant }) => {
      const selection = selectionOf(request, tenant);
      if (request.stackTraceSelector !== undefined && request.stackTraceSelector.callSite.length > 0)
        throw new HttpProblem(501, 'Series cannot be cut down to a call site here.');
      const series = await sumPoints(context.store, {
        selection,
        startMs: request.start,
        endMs: request.end,
        stepMs: stepOf(request.step),
        groupBy: request.groupBy,
        isMean: request.aggregation === MEAN,
        limit: Number(request.limit),
      });
      return {
        series: series.map(({ labels, points }) => ({
          labels: labels.map(([name, value]) => ({ name, value })),
          points,
        })),
      };
    },
  });
}

/** Seconds to whole milliseconds. */
function stepOf(seconds: number): bigint {
  if (!(seconds >= MIN_STEP_SECONDS && seconds <= MAX_STEP_SECONDS))
    throw new HttpProblem(400, `step must be from ${MIN_STEP_SECONDS} to ${MAX_STEP_SECONDS} seconds.`);
  return BigInt(Math.floor(seconds * 1_000 + 1e-9));
}
