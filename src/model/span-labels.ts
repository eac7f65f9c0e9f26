// Span labels: labels of samples that name the span and the trace of their request. Pyroscope keeps them beside the samples and out
// of the series, so each request may have its own.
import type { Labels } from './labels.ts';

/** 16 lower-case hexadecimal digits, not all zero. */
export const SPAN_ID = 'span_id';
/** 32 of them. Kept out of the series by Pyroscope 2.1 and newer only. */
export const TRACE_ID = 'trace_id';

function isSpanLabel(name: string): boolean {
  return name === SPAN_ID || name === TRACE_ID;
}

/** The labels that make the series. */
export function seriesLabels(labels: Labels): Labels {
  return labels.some(([name]) => isSpanLabel(name)) ? labels.filter(([name]) => !isSpanLabel(name)) : labels;
}

/** The others. */
export function spanLabels(labels: Labels): Labels {
  return labels.filter(([name]) => isSpanLabel(name));
}
