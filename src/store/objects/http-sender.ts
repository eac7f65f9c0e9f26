// Requests to object storage: each attempt with a time limit and a bounded answer, a few attempts with pauses between them.
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { IncomingHttpHeaders } from 'node:http';
import { StoreError } from '../store.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Of the answer; more is StoreError('too_large'). */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface SendOptions {
  readonly attempts: number;
  /** Before the second attempt, on average; doubles with every further one. */
  readonly pauseMs: number;
  /** Without a byte from the server. */
  readonly idleMs: number;
  /** Of one attempt as a whole. */
  readonly totalMs: number;
}

export const SEND_DEFAULTS: SendOptions = { attempts: 4, pauseMs: 200, idleMs: 15_000, totalMs: 120_000 };

const MAX_PAUSE_MS = 10_000;
const CONNECTIONS = 16;
/** Of an error's text. */
const MAX_ERROR_BYTES = 65_536;
/** Of an answer that says no more than that something was done. */
export const MAX_RECEIPT_BYTES = 65_536;
/** 409: two conditional writes at the very same time, of which S3 wants one to come again. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

export class HttpSender {
  /** Since the start; for metrics. */
  readonly counts = { requests: 0, retries: 0, failures: 0 };
  private readonly options: SendOptions;
  private readonly agent: Agent;
  private readonly closing = new AbortController();

  constructor(options: Partial<SendOptions> = {}) {
    this.options = { ...SEND_DEFAULTS, ...options };
    const { idleMs } = this.options;
    this.agent = new Agent({
      connections: CONNECTIONS,
      connect: { timeout: idleMs },
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
    });
  }

  /** `make` is asked anew for each attempt: signatures and tokens age. Throws StoreError('unavailable' | 'too_large'). */
  async send(make: () => Promise<HttpRequest>): Promise<HttpAnswer> {
    const { attempts, pauseMs } = this.options;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(make);
      const isTransient = 'failure' in outcome || TRANSIENT.has(outcome.status);
      if (!isTransient) return outcome;
      if (attempt >= attempts || this.closing.signal.aborted) {
        this.counts.failures += 1;
        if ('failure' in outcome) throw unreachable(outcome.failure);
        return outcome;
      }
      this.counts.retries += 1;
      const waitMs = Math.random() * pauseMs * 2 ** attempt;
      const askedMs = 'failure' in outcome ? 0 : retryAfterMs(outcome.headers);
      await this.wait(Math.min(MAX_PAUSE_MS, Math.max(waitMs, askedMs)));
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.agent.destroy();
  }

  private async attempt(make: () => Promise<HttpRequest>): Promise<HttpAnswer | { failure: unknown }> {
    this.counts.requests += 1;
    try {
      const { method, url, headers, body, maxBytes } = await make();
      const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(this.options.totalMs)]);
      const dispatcher = this.agent;
      const answer = await request(url, { method, headers, body: body ?? null, signal, dispatcher });
      const limit = answer.statusCode < 300 ? maxBytes : MAX_ERROR_BYTES;
      const read = await readBounded(answer.body, limit);
      return { status: answer.statusCode, headers: answer.headers, body: read };
    } catch (error) {
      if (error instanceof StoreError) throw error;
      return { failure: error };
    }
  }

  private async wait(ms: number): Promise<void> {
    // Ends early when the sender closes: the next attempt then fails at once.
    await pause(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}

/** What a server says that is no answer to what was asked; `detail` is its own code, if it has one. */
export function unexpected({ status, body }: HttpAnswer, detail: string | undefined): StoreError {
  const what = detail === undefined ? `HTTP ${status}` : `HTTP ${status}, ${detail}`;
  return new StoreError('unavailable', `The object storage refuses: ${what}.`, body.toString('utf8'));
}

function unreachable(cause: unknown): StoreError {
  return new StoreError('unavailable', 'The object storage does not answer.', cause);
}

async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new StoreError('too_large', `An object has more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function retryAfterMs(headers: IncomingHttpHeaders): number {
  const seconds = headers['retry-after'];
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : 0;
}
