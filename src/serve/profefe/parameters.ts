// The parameters of profefe's API, checked in its order: service, type, labels, then times and limits.
import type { Labels } from '../../model/labels.ts';
import { makeLabels } from '../../model/labels.ts';
import type { Matcher, Selector } from '../../store/selector.ts';
import type { Upload } from '../../store/profile.ts';
import { typeOfName } from '../../store/profile-type.ts';
import { HttpProblem } from '../problem.ts';
import { badRequest, missing } from './bad-request.ts';
import { parseLabels, parseUploadLabels } from './labels.ts';
import { parseTime, showGoTime } from './time.ts';

/** In characters. */
const MAX_SERVICE_LENGTH = 1_024;
const TYPE = /^[a-z_][a-z0-9_.-]{0,63}$/;
const UNKNOWN_TYPE = 'bad request: unknown profile type';
const MAX_INTEGER = 2n ** 63n - 1n;

type UploadParameters = Pick<Upload, 'service' | 'type' | 'labels' | 'createdAtNanos' | 'splitsSeries'>;

/** What a query asks for; `limit` undefined is all. */
export interface Query {
  readonly selector: Selector;
  readonly limit: number | undefined;
}

/** Throws HttpProblem(400). */
export function readUpload(query: URLSearchParams, now: bigint): UploadParameters {
  const service = readService(query);
  const type = parseType(query.get('type') ?? '');
  if (type === undefined) throw new HttpProblem(400, UNKNOWN_TYPE);
  const labels: Labels = makeLabels(parseUploadLabels(query.get('labels') ?? ''));
  return {
    ...{ service, type, labels, createdAtNanos: readCreatedAt(query, now) },
    // profefe keeps labels of samples in the profile, and doesn't know this word.
    splitsSeries: query.get('split_labels') === 'true',
  };
}

interface Asker {
  readonly tenant: string;
  readonly now: bigint;
}

/** Throws HttpProblem(400), with the sentence `unknownType` where the type is a word that can be none. */
export function readQuery(query: URLSearchParams, { tenant, now }: Asker, unknownType = UNKNOWN_TYPE): Query {
  const service = readService(query);
  const word = query.get('type') ?? '';
  const type = parseType(word);
  if (type === undefined && word !== '') throw new HttpProblem(400, unknownType);
  const matchers = parseLabels(query.get('labels') ?? '').map(([name, value]): Matcher => ({
    name,
    operator: '=',
    value,
  }));
  const fromNanos = readBoundary(query, 'from', now);
  const untilNanos = readBoundary(query, 'to', now);
  const limit = readLimit(query);
  if (fromNanos > untilNanos) {
    throw new HttpProblem(
      400,
      `bad request: CreatedAtMin after CreatedAtMax: ${showGoTime(fromNanos)}, ${showGoTime(untilNanos)}`,
    );
  }
  return { selector: { tenant, service, type, matchers, fromNanos, untilNanos }, limit };
}

function readService(query: URLSearchParams): string {
  const service = query.get('service') ?? '';
  if (service === '') throw missing('service');
  if (service.length > MAX_SERVICE_LENGTH)
    throw badRequest('service', service, `it has more than ${MAX_SERVICE_LENGTH} characters`);
  return service;
}

/** Open words: profefe's own, and any other in lower case. Undefined for what is none; `unknown` is profefe's word for that. */
function parseType(text: string): string | undefined {
  const word = text.trim();
  return TYPE.test(word) && word !== 'unknown' ? typeOfName(word) : undefined;
}

function readCreatedAt(query: URLSearchParams, now: bigint): bigint | undefined {
  const text = query.get('created_at') ?? '';
  if (text === '') return undefined;
  const nanos = parseTime(text, now);
  if (nanos === undefined) throw badRequest('created_at', text, unsupported(text));
  return nanos;
}

function readBoundary(query: URLSearchParams, name: 'from' | 'to', now: bigint): bigint {
  const text = query.get(name) ?? '';
  if (text === '') throw missing(name);
  const nanos = parseTime(text, now);
  if (nanos === undefined) throw badRequest(name, text, unsupported(text), 'timestamp ');
  return nanos;
}

function unsupported(text: string): string {
  return `time in unsupported format ${JSON.stringify(text.slice(0, 100))}`;
}

/** 0 and less is no limit. */
function readLimit(query: URLSearchParams): number | undefined {
  const text = query.get('limit') ?? '';
  if (text === '') return undefined;
  const shown = `strconv.Atoi: parsing ${JSON.stringify(text.slice(0, 100))}`;
  if (!/^[+-]?\d{1,100}$/.test(text)) throw badRequest('limit', text, `${shown}: invalid syntax`);
  const limit = BigInt(text.replace('+', ''));
  if (limit > MAX_INTEGER || limit < -MAX_INTEGER - 1n)
    throw badRequest('limit', text, `${shown}: value out of range`);
  return limit <= 0n ? undefined : Number(limit);
}
