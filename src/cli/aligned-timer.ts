// Ticks on multiples of the interval since 1970, so that windows of many hosts begin together and never span a round time.

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls `action` at every multiple of `intervalMs`; returns what stops it. */
export function startAlignedTimer(intervalMs: number, action: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const waitMs = intervalMs - (Date.now() % intervalMs);
    timer = setTimeout(
      () => {
        action();
        arm();
      },
      Math.min(waitMs, LONGEST_TIMEOUT_MS),
    );
  };
  arm();
  return () => {
    clearTimeout(timer);
  };
}
