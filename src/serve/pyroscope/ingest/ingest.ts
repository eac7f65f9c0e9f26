// POST /ingest: one profile of one application, in any of the formats that Pyroscope's clients have sent over the years.
import type { Hono } from 'hono';
import type { Label } from '../../../model/labels.ts';
import { StoreError } from '../../../store/store.ts';
import type { ServeContext, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import { answerProblem, problemOf } from '../connect/problem.ts';
import { storeUpload } from '../push.ts';
import { identifySeries } from '../series-labels.ts';
import type { IngestInput } from './input.ts';
import { readInput } from './input.ts';
import { readPprof } from './pprof.ts';

const PATHS: readonly string[] = ['/ingest', '/pyroscope/ingest'];
/** What Pyroscope says here besides these statuses. */
const CODES = { 408: 'unknown', 422: 'unknown', 500: 'unknown' } as const;
const SERVICE = 'service_name';

export function serveIngest(app: Hono<ServeEnv>, context: ServeContext): void {
  for (const path of PATHS) {
    app.post(path, async (http) => {
      try {
        await ingest(await readInput(http, context), context);
        return http.body(null, 200);
      } catch (error) {
        return answerProblem(http, ingestProblem(error), CODES);
      }
    });
    app.all(path, () => {
      throw new HttpProblem(405, 'This address takes POST only.', { allow: 'POST' });
    });
  }
}

async function ingest(input: IngestInput, { store, bounds }: ServeContext): Promise<void> {
  if (input.format !== 'pprof' && input.format !== 'multipart')
    throw new HttpProblem(501, `The format ${input.format} is not taken here yet: send pprof.`);
  const part = await readPprof(input, bounds.rawBytes);
  if (part === undefined) return;
  await storeUpload(store, {
    tenant: input.tenant,
    ...identifySeries(labelsOf(input, part.name, input.name.app)),
    createdAtNanos: input.fromNanos,
    body: part.body,
    splitsSeries: true,
  });
}

/** The application is the service, unless a label says another. */
function labelsOf({ name, spyName }: IngestInput, typeName: string, service: string): readonly Label[] {
  const given = name.labels.filter(([label]) => label !== '__name__' && label !== 'pyroscope_spy');
  const own: Label[] = [
    ['__name__', typeName],
    ['pyroscope_spy', spyName],
  ];
  return given.some(([label]) => label === SERVICE)
    ? [...own, ...given]
    : [...own, [SERVICE, service], ...given];
}

/** What is wrong with a body is 422 here. */
function ingestProblem(error: unknown): HttpProblem {
  if (error instanceof StoreError && error.code === 'malformed') return new HttpProblem(422, error.message);
  return problemOf(error);
}
