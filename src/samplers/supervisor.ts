// Keeps a sampler running as the restart policy wants it. One of the three places that may catch anything.
import { SpybridgeError } from '../model/errors.ts';
import { Backoff } from './backoff.ts';
import type { Child, ChildEnd } from './child.ts';

export type RestartPolicy = 'always' | 'onerror' | 'onsuccess' | 'no';

export interface SupervisorOptions {
  readonly policy: RestartPolicy;
  /** Starts one life; what it throws counts as a life that failed. */
  readonly start: () => Promise<Child>;
  readonly onStarted: (pid: number) => void;
  readonly onEnded: (end: ChildEnd) => void;
  readonly onRestart: (delayMs: number) => void;
  /** A start that failed although an earlier one had worked. */
  readonly onStartFailed: (error: SpybridgeError) => void;
  readonly backoff?: Backoff;
}

const FAILED_START: ChildEnd = { exitCode: 1, signal: undefined, lifeMs: 0 };

/**
 * Runs children until the policy or the signal ends it; the last end is returned.
 * Throws what the very first start throws: then nothing has run yet, and the user must mend the command.
 */
export async function supervise(options: SupervisorOptions, signal: AbortSignal): Promise<ChildEnd> {
  const backoff = options.backoff ?? new Backoff();
  let end = await runOnce(options, await options.start(), signal);
  while (!signal.aborted && wantsRestart(options.policy, end)) {
    const delayMs = backoff.next(end.lifeMs);
    options.onRestart(delayMs);
    if (await isAbortedWithin(delayMs, signal)) break;
    end = await startAgain(options, signal);
  }
  return end;
}

async function startAgain(options: SupervisorOptions, signal: AbortSignal): Promise<ChildEnd> {
  let child: Child;
  try {
    child = await options.start();
  } catch (error) {
    options.onStartFailed(
      error instanceof SpybridgeError
        ? error
        : new SpybridgeError('sampler_failed', `The sampler could not be started: ${String(error)}.`, {
            cause: error,
          }),
    );
    return FAILED_START;
  }
  return runOnce(options, child, signal);
}

async function runOnce(options: SupervisorOptions, child: Child, signal: AbortSignal): Promise<ChildEnd> {
  options.onStarted(child.pid);
  const stop = (): void => {
    child.stop();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const end = await child.ended;
  signal.removeEventListener('abort', stop);
  options.onEnded(end);
  return end;
}

export function wantsRestart(policy: RestartPolicy, end: ChildEnd): boolean {
  const isSuccess = end.exitCode === 0;
  switch (policy) {
    case 'always':
      return true;
    case 'onerror':
      return !isSuccess;
    case 'onsuccess':
      return isSuccess;
    case 'no':
      return false;
  }
}

/** Waits; true as soon as the signal is given. */
function isAbortedWithin(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(signal.aborted);
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
