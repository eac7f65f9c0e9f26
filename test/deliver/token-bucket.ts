// What a limiter should do, in 40 lines and with its own clock: the oracle for the one that is built on a library.

export interface Upload {
  /** When it asks, ms. */
  readonly atMs: number;
  readonly bytes: number;
}

/** When each upload may start, ms, first come, first served. One larger than the bucket takes a full bucket. */
export function startTimes(uploads: readonly Upload[], rateBytes: number, burstBytes: number): number[] {
  const bytesPerMs = rateBytes / 1000;
  let tokens = burstBytes;
  let clockMs = 0;
  return uploads.map(({ atMs, bytes }) => {
    const arrivedMs = Math.max(clockMs, atMs);
    tokens = Math.min(burstBytes, tokens + (arrivedMs - clockMs) * bytesPerMs);
    const cost = Math.min(bytes, burstBytes);
    const waitMs = Math.max(0, (cost - tokens) / bytesPerMs);
    tokens = Math.min(burstBytes, tokens + waitMs * bytesPerMs) - cost;
    clockMs = arrivedMs + waitMs;
    return clockMs;
  });
}
