// A request to /ingest, read: whose profile it is, when it was taken, in which format it comes.
import type { Context } from 'hono';
import { gunzipWithin } from '../../../formats/gunzip.ts';
import { readBody } from '../../body.ts';
import type { ServeContext, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import { parseTime } from '../query-time.ts';
import type { AppName } from './app-name.ts';
import { parseAppName } from './app-name.ts';

export type IngestFormat = 'folded' | 'lines' | 'pprof' | 'multipart' | 'speedscope' | 'trie' | 'tree';

export interface IngestInput {
  readonly tenant: string;
  readonly name: AppName;
  readonly spyName: string;
  readonly sampleRateHz: number;
  /** UNIX time in ns: what `from` says, or now. */
  readonly fromNanos: bigint;
  readonly format: IngestFormat;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const DEFAULT_RATE_HZ = 100;
const DEFAULT_SPY = 'unknown';
const MULTIPART = 'multipart/form-data';
const BY_NAME: Readonly<Record<string, IngestFormat>> = {
  '': 'folded',
  folded: 'folded',
  collapsed: 'folded',
  groups: 'folded',
  lines: 'lines',
  pprof: 'pprof',
  speedscope: 'speedscope',
  trie: 'trie',
  tree: 'tree',
};
const BY_CONTENT_TYPE: Readonly<Record<string, IngestFormat>> = {
  'binary/octet-stream+trie': 'trie',
  'binary/octet-stream+tree': 'tree',
};

/** Throws HttpProblem(400 | 413 | 415 | 422). */
export async function readInput(
  http: Context<ServeEnv>,
  { bounds, now }: ServeContext,
): Promise<IngestInput> {
  const contentType = http.req.header('content-type') ?? '';
  const from = http.req.query('from') ?? '';
  const until = http.req.query('until') ?? '';
  // It means nothing; one that is no time tells that its sender took something else for times.
  if (until !== '') parseTime(until, now());
  const spyName = http.req.query('spyName') ?? '';
  const params = {
    tenant: http.get('tenant'),
    name: parseAppName(http.req.query('name') ?? ''),
    spyName: spyName === '' ? DEFAULT_SPY : spyName,
    sampleRateHz: readRate(http.req.query('sampleRate') ?? ''),
    fromNanos: from === '' ? now() : parseTime(from, now()),
    format: readFormat(http.req.query('format') ?? '', contentType),
    contentType,
  };
  const body = await readBody(http, bounds.bodyBytes);
  const isZipped = (http.req.header('content-encoding') ?? '').trim().toLowerCase() === 'gzip';
  return { ...params, body: isZipped ? await unzip(body, bounds.rawBytes) : body };
}

/** What is no number means nothing to clients that have always sent it; 0 says that nothing was timed. */
function readRate(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : DEFAULT_RATE_HZ;
}

/** A multipart body is one, whatever the parameter says. */
function readFormat(name: string, contentType: string): IngestFormat {
  if (name === 'jfr') throw new HttpProblem(415, 'JFR is not taken here: send pprof.');
  const format = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (format === undefined)
    throw new HttpProblem(400, `The format ${JSON.stringify(name.slice(0, 100))} is not known here.`);
  const plain = contentType.split(';')[0]!.trim().toLowerCase();
  if (plain === MULTIPART && (name === '' || name === 'pprof')) return 'multipart';
  return name === '' && Object.hasOwn(BY_CONTENT_TYPE, plain) ? BY_CONTENT_TYPE[plain]! : format;
}

/** Throws HttpProblem(413 | 422). */
export async function unzip(body: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  try {
    return await gunzipWithin(body, maxOutputLength);
  } catch (error) {
    if (error instanceof RangeError)
      throw new HttpProblem(413, `The body has more than ${maxOutputLength} bytes when it is unzipped.`);
    throw new HttpProblem(422, 'The body is no whole gzip.');
  }
}
