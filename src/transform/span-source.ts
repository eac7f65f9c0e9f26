// Where the span labels of a sample come from: the traceparent of its request, or templates.
import { SpybridgeError } from '../model/errors.ts';
import type { Label, Labels } from '../model/labels.ts';
import { SPAN_ID, TRACE_ID } from '../model/span-labels.ts';
import { compileTagTemplate } from './tag-template.ts';
import type { TagTemplate } from './tag-template.ts';
import { parseId, parseTraceparent } from './trace-context.ts';

/** The fact that samplers print for the request's traceparent header. */
export const TRACEPARENT_KEY = 'glopeek server.HTTP_TRACEPARENT';

const SPAN_ID_DIGITS = 16;
const TRACE_ID_DIGITS = 32;

export interface SpanSourceOptions {
  readonly labels: 'off' | 'span' | 'both';
  /** Templates; where one is missing, the traceparent has the id. */
  readonly spanId: string | undefined;
  readonly traceId: string | undefined;
}

/** Sorted by name; empty where the sample has no trace context, undefined where it has one that is not valid. */
export type SpanReading = Labels | undefined;

export interface SpanSource {
  /** Facts that it reads. */
  readonly metaKeys: ReadonlySet<string>;
  readonly read: (facts: ReadonlyMap<string, string>) => SpanReading;
}

/** Id, '' where there is none, undefined where it is not valid. */
type ReadId = (facts: ReadonlyMap<string, string>) => string | undefined;

/** Undefined where span labels are off. Throws SpybridgeError('config') naming the option that is wrong. */
export function compileSpanSource({ labels, spanId, traceId }: SpanSourceOptions): SpanSource | undefined {
  if (spanId !== undefined && labels === 'off') throw unused('--span-id', SPAN_ID, 'span');
  if (traceId !== undefined && labels !== 'both') throw unused('--trace-id', TRACE_ID, 'both');
  if (labels === 'off') return undefined;
  const metaKeys = new Set<string>();
  const use = (template: TagTemplate | undefined): TagTemplate | undefined => {
    for (const key of template?.metaKeys ?? [TRACEPARENT_KEY]) metaKeys.add(key);
    return template;
  };
  const readers: (readonly [name: string, read: ReadId])[] = [
    [SPAN_ID, makeReader(use(compileId('--span-id', spanId)), 'spanId', SPAN_ID_DIGITS)],
  ];
  if (labels === 'both')
    readers.push([TRACE_ID, makeReader(use(compileId('--trace-id', traceId)), 'traceId', TRACE_ID_DIGITS)]);
  return { metaKeys, read: (facts) => readAll(readers, facts) };
}

/** One id that is not valid spoils the other: what sent it can't be believed. */
function readAll(
  readers: readonly (readonly [name: string, read: ReadId])[],
  facts: ReadonlyMap<string, string>,
): SpanReading {
  const labels: Label[] = [];
  for (const [name, read] of readers) {
    const id = read(facts);
    if (id === undefined) return undefined;
    if (id !== '') labels.push([name, id]);
  }
  return labels;
}

function makeReader(template: TagTemplate | undefined, field: 'spanId' | 'traceId', digits: number): ReadId {
  if (template === undefined) {
    return (facts) => {
      const header = facts.get(TRACEPARENT_KEY) ?? '';
      return header === '' ? '' : parseTraceparent(header)?.[field];
    };
  }
  return (facts) => {
    const text = template.render(facts) ?? '';
    return text.trim() === '' ? '' : parseId(text, digits);
  };
}

function compileId(option: string, text: string | undefined): TagTemplate | undefined {
  if (text === undefined) return undefined;
  const template = compile(option, text);
  if (template.metaKeys.length > 0) return template;
  throw new SpybridgeError('config', `${option} "${text}" cannot be used: it reads no fact of the request.`, {
    hint: 'Write a template, for example {{ "glopeek server.HTTP_X_REQUEST_ID" "-" "" }}.',
  });
}

function compile(option: string, text: string): TagTemplate {
  try {
    return compileTagTemplate(text);
  } catch (error) {
    if (!(error instanceof SpybridgeError)) throw error;
    const { code, message, hint } = error;
    throw new SpybridgeError(code, `${option}: ${message}`, { hint: hint ?? '', cause: error });
  }
}

function unused(option: string, label: string, choice: string): SpybridgeError {
  return new SpybridgeError('config', `${option} is given, but samples get no ${label} label.`, {
    hint: `Add --span-labels ${choice}, or leave ${option} out.`,
  });
}
