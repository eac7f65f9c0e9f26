// A signal that aborts at a deadline, or earlier with its parent. AbortSignal.any and .timeout are not used for this: in
// Node 20 a garbage collection may take their timers with it, and then a request without an answer hangs for ever.

export interface Deadline {
  readonly signal: AbortSignal;
  /** The deadline itself has passed, not the parent aborted. */
  readonly hasPassed: boolean;
  /** Must be called in the end: it frees the timer and leaves the parent. */
  cancel(): void;
}

export function startDeadline(afterMs: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let hasPassed = false;
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(() => {
    hasPassed = true;
    abort();
  }, afterMs);
  if (parent?.aborted === true) abort();
  parent?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    get hasPassed() {
      return hasPassed;
    },
    cancel: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', abort);
    },
  };
}
