// From a server's answer to what becomes of the batch.
import type { Outcome } from '../outcome.ts';

export interface Answer {
  readonly status: number;
  /** The start of the body. */
  readonly text: string;
  /** The Retry-After header, if any. */
  readonly retryAfter: string | undefined;
}

/** Statuses that tell that the interface itself is not there. */
export const MISSING_API_STATUSES: ReadonlySet<number> = new Set([404, 405, 415, 501]);

/** Pyroscope tells a profile over its burst by 429 for ever: splitting helps where waiting can't. */
const OVER_BURST = /exceeded while adding|limit.*exceeded.*profile|profile.*(too large|size limit)/i;
/** Transient trouble that /ingest reports as 422. */
const TRANSIENT_422 = /deadline|unavailable|cancell?ed/i;

/** @param batchRawBytes size that the server's burst is compared with */
export function judge({ status, text, retryAfter }: Answer, batchRawBytes: number): Outcome {
  if (status === 200 || status === 204) return { kind: 'delivered' };
  const reason = describeAnswer(status, text);
  if (status >= 300 && status < 400) {
    return {
      kind: 'refused',
      status,
      reason: `${reason}; redirects are not followed, give the server's own address`,
    };
  }
  if (status === 413) return { kind: 'too_large', reason };
  if (status === 429 && OVER_BURST.test(text) && batchRawBytes > BURST_SUSPECT_BYTES)
    return { kind: 'too_large', reason };
  if (status === 401 || status === 403 || MISSING_API_STATUSES.has(status))
    return { kind: 'refused', status, reason };
  const isTransient = status === 408 || status === 425 || status === 429 || status >= 500;
  if (isTransient || (status === 422 && TRANSIENT_422.test(text))) {
    const afterMs = parseRetryAfter(retryAfter, Date.now());
    return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs };
  }
  return { kind: 'rejected', status, reason };
}

/** Below this no server's burst can be what a 429 is about. Pyroscope's default burst is 2 MiB. */
const BURST_SUSPECT_BYTES = 65_536;

/** Connect's and /ingest's errors are `{"code":...,"message":...}`; others are shown as they are. */
export function describeAnswer(status: number, text: string): string {
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.trim();
  return message === '' ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
}

/** Seconds or a date; undefined where it is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
