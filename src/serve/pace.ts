// How many requests are worked on at once, and for how long a client waits.
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { whileAsked } from './asker.ts';
import type { ServeEnv } from './context.ts';
import { scopeOf } from './guard.ts';
import { HttpProblem } from './problem.ts';
import type { RefusalReason } from './serve-metrics.ts';
import type { UnreadAnswers } from './unread.ts';

export interface PaceOptions {
  readonly maxRunning: number;
  readonly answerTimeoutMs: number;
  readonly unread: UnreadAnswers;
  readonly onRefusal: (reason: RefusalReason) => void;
}

export function pace(options: PaceOptions): MiddlewareHandler<ServeEnv> {
  const { maxRunning, answerTimeoutMs, onRefusal } = options;
  let running = 0;
  return async (context, next) => {
    if (running >= maxRunning) throw busy(options, 'too many requests are being worked on');
    if (options.unread.areTooMany && scopeOf(context.req.method, context.req.path) === 'read')
      throw busy(options, 'too many answers wait for their readers');
    running += 1;
    const asker = new AbortController();
    const { outgoing } = context.env as Partial<HttpBindings>;
    // Also after an answer that was sent: then nothing is left to end.
    outgoing?.once('close', () => {
      asker.abort();
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, answerTimeoutMs, 'late');
    });
    // The place is free when the work has ended, not when its client was sent away.
    const work = whileAsked(asker.signal, next).finally(() => {
      running -= 1;
    });
    const outcome = await Promise.race([work, late]);
    clearTimeout(timer);
    if (outcome !== 'late') return;
    onRefusal('slow');
    asker.abort();
    throw new HttpProblem(503, `the answer takes longer than ${answerTimeoutMs / 1_000} s`);
  };
}

function busy({ onRefusal }: PaceOptions, reason: string): HttpProblem {
  onRefusal('busy');
  return new HttpProblem(503, reason, { 'retry-after': '1' });
}
