// Profiles of a selection added up: one sample type, one row per stack, and only the samples that were asked for.
import { PprofMerger } from '../../../formats/pprof/merge.ts';
import type { Pprof } from '../../../formats/pprof/pprof.ts';
import { StoreError } from '../../../store/store.ts';
import type { ServeContext } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import { mergeKinds } from './kinds.ts';
import type { Keeper } from './pick.ts';
import { columnOf, pickSamples } from './pick.ts';
import type { Selection } from './selection.ts';

const SPAN_LABELS: readonly string[] = ['span_id', 'profile_id'];
const TRACE_LABELS: readonly string[] = ['trace_id'];
const SPAN_ID = /^[0-9a-f]{16}$/;
const TRACE_ID = /^[0-9a-f]{32}$/;

export interface SampleFilter {
  /** Empty: all. */
  readonly spanIds: readonly string[];
  readonly traceIds: readonly string[];
  /** Function names from the root on that a stack must begin with. */
  readonly callSite: readonly string[];
}

/** Throws HttpProblem(400) for ids that are none, and where both spans and traces are asked for. */
export function checkFilter(filter: SampleFilter): SampleFilter {
  const spanIds = filter.spanIds.map((id) => id.toLowerCase());
  const traceIds = filter.traceIds.map((id) => id.toLowerCase());
  if (spanIds.length > 0 && traceIds.length > 0)
    throw new HttpProblem(400, 'Ask for spans or for traces, not for both.');
  if (!spanIds.every((id) => SPAN_ID.test(id)))
    throw new HttpProblem(400, 'A span id has 16 hexadecimal digits.');
  if (!traceIds.every((id) => TRACE_ID.test(id)))
    throw new HttpProblem(400, 'A trace id has 32 hexadecimal digits.');
  return { ...filter, spanIds, traceIds };
}

/** One sample type, no labels; undefined where nothing matches. Throws HttpProblem(422) and StoreError. */
export async function mergeSelection(
  { store, bounds }: ServeContext,
  selection: Selection,
  filter: SampleFilter,
): Promise<Pprof | undefined> {
  const { selector, type } = selection;
  const found = await store.list(selector, { limit: bounds.mergedProfiles + 1 });
  if (found.length > bounds.mergedProfiles)
    throw new HttpProblem(
      422,
      `More than ${bounds.mergedProfiles} profiles match: ask for a shorter time, or for fewer of them by their labels.`,
    );
  const merger = new PprofMerger();
  try {
    const merged = await store.merge({ selector }, { withSampleLabels: false });
    if (merged === undefined) return undefined;
    const column = columnOf(merged.pprof.header.sampleTypes, type.sampleType);
    merger.add(pickSamples(merged.pprof, column, keeperOf(merged.pprof, filter)));
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'incompatible')) throw error;
    for await (const { pprof, column, isMeant } of mergeKinds(store, selection, found)) {
      const keeps = keeperOf(pprof, filter);
      merger.add(pickSamples(pprof, column, (sample) => isMeant(sample) && keeps(sample)));
    }
  }
  return merger.finish();
}

function keeperOf(pprof: Pprof, filter: SampleFilter): Keeper {
  const hasSpan = labelTest(pprof, SPAN_LABELS, filter.spanIds);
  const hasTrace = labelTest(pprof, TRACE_LABELS, filter.traceIds);
  const isCalled = callSiteTest(pprof, filter.callSite);
  return (sample) => hasSpan(sample) && hasTrace(sample) && isCalled(sample);
}

function labelTest({ samples }: Pprof, keys: readonly string[], wanted: readonly string[]): Keeper {
  if (wanted.length === 0) return () => true;
  const ids = new Set(wanted);
  return (sample) =>
    (samples.labels.get(sample) ?? []).some(
      (label) => 'text' in label && keys.includes(label.key) && ids.has(label.text),
    );
}

function callSiteTest({ samples, locations, functions }: Pprof, callSite: readonly string[]): Keeper {
  if (callSite.length === 0) return () => true;
  return (sample) => {
    let depth = 0;
    for (let i = samples.starts[sample + 1]! - 1; i >= samples.starts[sample]!; i--) {
      const { lines } = locations[samples.locations[i]!]!;
      for (let k = lines.length - 1; k >= 0; k--) {
        if (functions[lines[k]!.fn]!.name !== callSite[depth]) return false;
        if (++depth === callSite.length) return true;
      }
    }
    return false;
  };
}
