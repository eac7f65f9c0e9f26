// Takes the body of a request in before it counts as one that is worked on: who sends slowly holds up nobody else.
import type { MiddlewareHandler } from 'hono';
import { readBody } from './body.ts';
import type { ServeEnv } from './context.ts';
import { HttpProblem } from './problem.ts';
import type { RefusalReason } from './serve-metrics.ts';

export interface ReceiveOptions {
  /** Of one body; more is 413. */
  readonly bodyBytes: number;
  /** Of all bodies that are not small and whose requests have not ended; more is 503. */
  readonly heldBytes: number;
  readonly onRefusal: (reason: RefusalReason) => void;
}

/** Bodies up to this size are only bounded by the number of connections. */
const SMALL_BODY_BYTES = 262_144;

export function receive({ bodyBytes, heldBytes, onRefusal }: ReceiveOptions): MiddlewareHandler<ServeEnv> {
  let held = 0;
  const countTooLarge = (error: unknown): never => {
    if (error instanceof HttpProblem && error.status === 413) onRefusal('body');
    throw error;
  };
  return async (context, next) => {
    if (context.req.method !== 'POST') {
      await next();
      return;
    }
    let own = 0;
    const hold = (bytes: number): void => {
      if (bytes <= SMALL_BODY_BYTES) return;
      held += bytes - own;
      own = bytes;
      if (held <= heldBytes) return;
      onRefusal('busy');
      throw new HttpProblem(503, 'too many large requests are being received', { 'retry-after': '1' });
    };
    try {
      context.set('body', await readBody(context, bodyBytes, hold).catch(countTooLarge));
      await next();
    } finally {
      held -= own;
    }
  };
}
