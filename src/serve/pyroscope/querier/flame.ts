// Flame graphs of what was added up; of nothing, too.
import type { Flamebearer, FlamebearerDiff } from '../../../formats/flamebearer.ts';
import { makeFlamebearer, makeFlamebearerDiff } from '../../../formats/flamebearer.ts';
import type { TreeSource } from '../../../formats/pprof/name-tree.ts';
import type { Pprof } from '../../../formats/pprof/pprof.ts';
import { PprofTooLarge } from '../../../formats/pprof/wire.ts';
import { HttpProblem } from '../../problem.ts';

const NOTHING: Pprof = {
  header: {
    sampleTypes: [{ type: '', unit: '' }],
    periodType: undefined,
    period: 0n,
    timeNanos: 0n,
    durationNanos: 0n,
    dropFrames: '',
    keepFrames: '',
    comments: [],
    defaultSampleType: '',
    docUrl: '',
  },
  mappings: [],
  functions: [],
  locations: [],
  samples: {
    count: 0,
    starts: new Uint32Array(1),
    locations: new Uint32Array(0),
    values: new Float64Array(0),
    labels: new Map(),
  },
};

/** Of profiles with one sample type each. Throws HttpProblem(422) for one that is over a bound. */
export function makeFlameGraph(pprof: Pprof | undefined, maxNodes: number): Flamebearer {
  return within(() => makeFlamebearer(sourceOf(pprof), maxNodes));
}

export function makeFlameDiff(
  left: Pprof | undefined,
  right: Pprof | undefined,
  maxNodes: number,
): FlamebearerDiff {
  return within(() => makeFlamebearerDiff(sourceOf(left), sourceOf(right), maxNodes));
}

/** As a message has it: rows are lists in an object of their own. */
export function asMessage<Graph extends Flamebearer>(
  graph: Graph,
): Omit<Graph, 'levels'> & { readonly levels: readonly { readonly values: readonly number[] }[] } {
  return { ...graph, levels: graph.levels.map((values) => ({ values })) };
}

function sourceOf(pprof: Pprof = NOTHING): TreeSource {
  return { pprof, column: 0 };
}

function within<Graph>(make: () => Graph): Graph {
  try {
    return make();
  } catch (error) {
    if (error instanceof PprofTooLarge)
      throw new HttpProblem(422, `The flame graph is too large: ${error.message}.`);
    throw error;
  }
}
