// POST /ingest: one profile of one application, in any of the formats that Pyroscope's clients have sent over the years.
import type { Hono } from 'hono';
import type { Label } from '../../../model/labels.ts';
import { StoreError } from '../../../store/store.ts';
import type { ServeContext, ServeEnv } from '../../context.ts';
import type { StoredProfile } from '../../../store/profile.ts';
import { HttpProblem } from '../../problem.ts';
import { countUpload } from '../../uploads.ts';
import { answerProblem, problemOf } from '../connect/problem.ts';
import { storeUpload } from '../push.ts';
import { identifySeries } from '../series-labels.ts';
import { readCounted } from './counted.ts';
import type { IngestInput } from './input.ts';
import { readInput } from './input.ts';
import { readPprof } from './pprof.ts';

const PATHS: readonly string[] = ['/ingest', '/pyroscope/ingest'];
/** What Pyroscope says here besides these statuses. */
const CODES = { 408: 'unknown', 422: 'unknown' } as const;
const SERVICE = 'service_name';
const APP = 'app_name';

export function serveIngest(app: Hono<ServeEnv>, context: ServeContext): void {
  for (const path of PATHS) {
    app.post(path, async (http) => {
      try {
        const kind: { api: 'ingest'; format: string } = { api: 'ingest', format: 'unknown' };
        await countUpload(context, kind, async () => {
          const input = await readInput(http, context);
          kind.format = input.format;
          return ingest(input, context);
        });
        return http.body(null, 200);
      } catch (error) {
        const problem = ingestProblem(error);
        if (problem.status >= 500) throw error;
        return answerProblem(http, problem, CODES);
      }
    });
    app.all(path, () => {
      throw new HttpProblem(405, 'This address takes POST only.', { allow: 'POST' });
    });
  }
}

async function ingest(input: IngestInput, context: ServeContext): Promise<StoredProfile | undefined> {
  const part = await readPart(input, context);
  if (part === undefined) return undefined;
  return storeUpload(context.store, {
    tenant: input.tenant,
    ...identifySeries(labelsOf(input, part)),
    createdAtNanos: input.fromNanos,
    body: part.body,
    splitsSeries: true,
  });
}

interface IngestPart {
  readonly service: string;
  /** For the label `__name__`. */
  readonly name: string;
  /** pprof. */
  readonly body: Uint8Array;
}

/** Undefined where there is nothing to keep. */
async function readPart(input: IngestInput, context: ServeContext): Promise<IngestPart | undefined> {
  const { rawBytes: maxRawBytes } = context.bounds;
  const { format, name } = input;
  if (format !== 'pprof' && format !== 'multipart')
    return readCounted(input, format, { maxRawBytes, now: context.now() });
  const part = await readPprof(input, maxRawBytes);
  return part && { ...part, service: name.app };
}

/** The application is the service, unless a label says another; text then keeps the application, too, as Pyroscope does. */
function labelsOf({ name, spyName, format }: IngestInput, part: IngestPart): readonly Label[] {
  const own: Label[] = [
    ['__name__', part.name],
    ['pyroscope_spy', spyName],
  ];
  const given = name.labels.filter(([label]) => label !== 'pyroscope_spy');
  const has = (label: string): boolean => given.some(([other, value]) => other === label && value !== '');
  if (!has(SERVICE))
    return [...own, [SERVICE, part.service], ...given.filter(([label]) => label !== SERVICE)];
  const isText = format !== 'pprof' && format !== 'multipart';
  if (isText && !has(APP)) own.push([APP, part.service]);
  return [...own, ...given.filter(([label]) => label !== APP || has(APP))];
}

/** What is wrong with a body is 422 here. */
function ingestProblem(error: unknown): HttpProblem {
  if (error instanceof StoreError && error.code === 'malformed') return new HttpProblem(422, error.message);
  return problemOf(error);
}
