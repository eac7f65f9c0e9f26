// Sums of profiles as gzipped pprof: of all that a query finds, or of those that are named.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { encodePprofTable } from '../../formats/pprof/encode.ts';
import type { Merged, MergeSource } from '../../store/store.ts';
import type { ServeContext } from '../context.ts';
import { HttpProblem } from '../problem.ts';
import type { Query } from './parameters.ts';

const gzipAsync = promisify(gzip);

export function nothingFound(): HttpProblem {
  return new HttpProblem(404, 'nothing found');
}

/** Throws HttpProblem(400 | 404 | 422); fails with StoreError. */
export async function mergeQuery(context: ServeContext, query: Query): Promise<Uint8Array> {
  const { type } = query.selector;
  if (type === undefined || type === 'trace')
    throw new HttpProblem(400, `can't merge profiles of ${type ?? 'unknown'} type`);
  return encode(await sumUp(context, await sourceOf(context, query)));
}

/** Throws HttpProblem(404); fails with StoreError. */
export async function mergeIds(
  context: ServeContext,
  tenant: string,
  ids: readonly string[],
): Promise<{ readonly body: Uint8Array; readonly missingIds: readonly string[] }> {
  const merged = await sumUp(context, { tenant, ids });
  return { body: await encode(merged), missingIds: merged.missingIds };
}

async function sourceOf(
  { store, bounds }: ServeContext,
  { selector, limit = Infinity }: Query,
): Promise<MergeSource> {
  const found = await store.list(selector, { limit: Math.min(limit, bounds.mergedProfiles + 1) });
  const [oldest] = found;
  if (oldest === undefined) throw nothingFound();
  if (found.length > bounds.mergedProfiles) {
    throw new HttpProblem(
      422,
      `there are more than ${bounds.mergedProfiles} profiles to merge: ask for a shorter time, or give a limit`,
    );
  }
  if (found.length < limit) return { selector };
  // Labels may choose among the samples of a profile, too: ids would bring in all of them. So `limit` is exceeded where several
  // have the time of the oldest.
  if (selector.matchers.length > 0) return { selector: { ...selector, fromNanos: oldest.createdAtNanos } };
  return { tenant: selector.tenant, ids: found.map(({ id }) => id) };
}

/** Labels of samples stay: whoever reads pprof finds them where the profiler has put them. */
async function sumUp({ store }: ServeContext, source: MergeSource): Promise<Merged> {
  const merged = await store.merge(source, { withSampleLabels: true });
  if (merged === undefined) throw nothingFound();
  return merged;
}

function encode({ pprof }: Merged): Promise<Uint8Array> {
  return gzipAsync(encodePprofTable(pprof));
}
