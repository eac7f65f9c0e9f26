// Paces uploads: a token bucket over uncompressed bytes, by Bottleneck. One job is one upload, never one sample.
import Bottleneck from 'bottleneck';

export interface Limiter {
  /** Settles when `bytes` may be sent; an aborted signal settles it at once. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
  stop(): void;
}

/** Bottleneck counts in whole units; small ones keep slow rates exact. */
const UNIT_BYTES = 64;
const INTERVAL_MS = 250;

/** `ratePerSecondBytes` 0 switches limiting off. */
export function makeLimiter(ratePerSecondBytes: number, burstBytes: number): Limiter {
  if (ratePerSecondBytes <= 0) return { take: () => Promise.resolve(), stop: () => undefined };
  const burst = Math.max(1, Math.floor(burstBytes / UNIT_BYTES));
  const bottleneck = new Bottleneck({
    reservoir: burst,
    reservoirIncreaseAmount: Math.max(
      1,
      Math.floor((ratePerSecondBytes / UNIT_BYTES) * (INTERVAL_MS / 1_000)),
    ),
    reservoirIncreaseInterval: INTERVAL_MS,
    reservoirIncreaseMaximum: burst,
  });
  bottleneck.on('error', () => {
    // Bottleneck reports a job's own error here, too; ours have none.
  });
  return {
    take: (bytes, signal) => {
      if (signal.aborted) return Promise.resolve();
      // A job heavier than the reservoir would wait for ever and block all behind it; so it pays a whole burst at most.
      const weight = Math.min(burst, Math.max(1, Math.ceil(bytes / UNIT_BYTES)));
      const turn = bottleneck.schedule({ weight }, () => Promise.resolve());
      return untilAborted(turn, signal);
    },
    stop: () => {
      void bottleneck.stop({ dropWaitingJobs: true }).catch(() => undefined);
    },
  };
}

/** Settles with the turn, its failure or the abort; whichever it is, no listener stays behind on a signal that lives for years. */
function untilAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    turn.then(done, done);
  });
}
