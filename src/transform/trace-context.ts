// The traceparent header of W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header

export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 of them: the caller's span, which the specification calls parent-id. */
  readonly spanId: string;
}

/** Flags are read past: what was decided about recording the trace says nothing about the profile. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/s;

/**
 * Undefined where the text is no valid traceparent. Version 00 has exactly four fields, version ff is not allowed, and
 * later ones may have more fields behind the four.
 */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, more] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || version === 'ff') return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return isZero(traceId) || isZero(spanId) ? undefined : { traceId, spanId };
}

/** An id that stands alone, of `digits` hexadecimal digits in any case; undefined where the text is none. */
export function parseId(text: string, digits: number): string | undefined {
  const id = text.trim().toLowerCase();
  return id.length === digits && /^[0-9a-f]+$/.test(id) && !isZero(id) ? id : undefined;
}

function isZero(id: string): boolean {
  return /^0+$/.test(id);
}
