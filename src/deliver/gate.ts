// The wait of all workers while a server is in trouble: one of them tries, the others stay behind the gate.

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;
/** Longest `Retry-After` that is obeyed. */
export const LONGEST_WISH_MS = 120_000;

export class Gate {
  /** When the first of the present failures was, UNIX ms. */
  closedSinceMs: number | undefined;
  private failures = 0;
  private opensAtMs = 0;
  private isProbing = false;
  private readonly waiting = new Set<() => void>();
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  get isClosed(): boolean {
    return this.failures > 0;
  }

  /** Settles when the caller may try; after a failure one at a time, each after a longer wait. */
  async pass(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.opensAtMs - Date.now();
      if (waitMs <= 0 && !(this.isClosed && this.isProbing)) break;
      await this.wait(Math.max(waitMs, this.isProbing ? LONGEST_WAIT_MS : 1), signal);
    }
    if (this.isClosed) this.isProbing = true;
  }

  succeeded(): void {
    this.failures = 0;
    this.closedSinceMs = undefined;
    this.opensAtMs = 0;
    this.leave();
  }

  /** Returns the wait until the next try, ms: full jitter over a doubling range, or what the server wishes. */
  failed(wishMs?: number): number {
    const rangeMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.failures, 16));
    const waitMs = wishMs === undefined ? rangeMs * this.random() : Math.min(wishMs, LONGEST_WISH_MS);
    this.failures += 1;
    this.closedSinceMs ??= Date.now();
    this.opensAtMs = Math.max(this.opensAtMs, Date.now() + waitMs);
    this.leave();
    return waitMs;
  }

  /** The caller leaves without having tried: another may. */
  leave(): void {
    this.isProbing = false;
    for (const wake of [...this.waiting]) wake();
  }

  private wait(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
