// Whether a bridge is alive and ready, as plain facts.

export interface HealthFacts {
  readonly isSamplerAlive: boolean;
  /** Since when every upload has failed, UNIX ms; undefined while they pass. */
  readonly failingSinceMs: number | undefined;
}

/** Uploads may fail this long before the bridge counts as not ready: outages are what its queue is for. */
export const TOLERATED_FAILURE_MS = 300_000;

/** Why the bridge is not ready; undefined where it is. */
export function findUnreadiness(
  { isSamplerAlive, failingSinceMs }: HealthFacts,
  nowMs: number,
): string | undefined {
  if (!isSamplerAlive) return 'the sampler is not running';
  if (failingSinceMs !== undefined && nowMs - failingSinceMs > TOLERATED_FAILURE_MS) {
    return `no upload has passed for ${Math.round((nowMs - failingSinceMs) / 1_000)} s`;
  }
  return undefined;
}
