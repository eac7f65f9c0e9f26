// pprof as the server merges it: the one file that is made there, since a tree of names has no lines and files of sources.
import { callQuerierBinary } from '../api/connect.ts';
import type { Query } from '../model/query.ts';
import { encodeRequest } from './pprof-request.ts';

/** Gzipped, as every tool of pprof takes it. Throws CallError. */
export async function fetchPprof(query: Query): Promise<Blob> {
  const profile = await callQuerierBinary('SelectMergeProfile', encodeRequest(query));
  const gzipped = profile.stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(gzipped).blob();
}
