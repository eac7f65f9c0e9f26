// How long to wait before a child is started again: exponential with jitter, from the start again after a healthy life.

export const FIRST_DELAY_MS = 250;
export const LONGEST_DELAY_MS = 30_000;
/** A child that lived this long was healthy: the next wait is the first one again. */
export const HEALTHY_LIFE_MS = 60_000;

export class Backoff {
  private failures = 0;
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /** Milliseconds to wait after a child that lived `lifeMs`: between half and all of the doubled delay. */
  next(lifeMs: number): number {
    if (lifeMs >= HEALTHY_LIFE_MS) this.failures = 0;
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    return delayMs / 2 + (delayMs / 2) * this.random();
  }
}
