// One POST to a Pyroscope server: pooled connections, a deadline, credentials, a bounded answer.
import type { Dispatcher } from 'undici';
import { startDeadline } from '../../model/deadline.ts';
import { cleanText } from '../../model/text.ts';
import type { Answer } from './answer.ts';

export interface PyroscopeAccess {
  readonly url: URL;
  readonly authToken?: string | undefined;
  readonly basicAuth?: { readonly user: string; readonly password: string } | undefined;
  readonly tenant?: string | undefined;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly userAgent: string;
}

/** What of an answer is kept; the rest is read and forgotten, so that the connection can be used again. */
const MAX_ANSWER_CHARS = 1_024;
const MAX_ANSWER_BYTES = 65_536;

export type PostResult = { readonly answer: Answer; readonly dateMs: number } | { readonly failure: string };

interface Sending {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

export class PyroscopeHttp {
  private readonly access: PyroscopeAccess;
  private dispatcher: Promise<Dispatcher> | undefined;

  constructor(access: PyroscopeAccess) {
    this.access = access;
  }

  /** Never rejects: trouble with the network is a `failure`, one phrase. */
  async post(path: string, contentType: string, body: Uint8Array, signal: AbortSignal): Promise<PostResult> {
    return this.send({ path, method: 'POST', contentType, body }, signal);
  }

  /** Why the server can't be reached, one phrase; undefined where it answers, and be it with a refusal. */
  async probe(path: string): Promise<string | undefined> {
    const result = await this.send({ path, method: 'GET' });
    if ('failure' in result) return result.failure;
    return result.answer.status >= 500 ? `it answers ${result.answer.status}` : undefined;
  }

  private async send(sending: Sending, signal?: AbortSignal): Promise<PostResult> {
    const { timeoutMs } = this.access;
    const deadline = startDeadline(timeoutMs, signal);
    try {
      // The exchange is told to end, too; but a worker must not wait for one that does not listen.
      return await Promise.race([this.exchange(sending, deadline.signal), lapse(deadline.signal)]);
    } catch (error) {
      return { failure: deadline.hasPassed ? `no answer within ${timeoutMs} ms` : describeFailure(error) };
    } finally {
      deadline.cancel();
    }
  }

  private async exchange(
    { path, method, contentType, body }: Sending,
    signal: AbortSignal,
  ): Promise<PostResult> {
    const { url } = this.access;
    // Loaded late: it costs 40 ms, which the first sample should not wait for.
    this.dispatcher ??= makeDispatcher(this.access);
    const dispatcher = await this.dispatcher;
    const response = await dispatcher.request({
      ...{ origin: url.origin, path: url.pathname.replace(/\/$/, '') + path, method },
      ...{ headers: this.headers(contentType), body: body ?? null, signal },
    });
    const { statusCode, headers } = response;
    const text = cleanText(await readStart(response.body), MAX_ANSWER_CHARS);
    const retryAfter = single(headers['retry-after']);
    const dateMs = Date.parse(single(headers['date']) ?? '');
    return { answer: { status: statusCode, text, retryAfter }, dateMs };
  }

  async close(): Promise<void> {
    await (await this.dispatcher)?.destroy();
  }

  private headers(contentType: string | undefined): Record<string, string> {
    const { authToken, basicAuth, tenant, userAgent } = this.access;
    const headers: Record<string, string> = { 'user-agent': userAgent };
    if (contentType !== undefined) headers['content-type'] = contentType;
    if (authToken !== undefined) headers['authorization'] = `Bearer ${authToken}`;
    else if (basicAuth !== undefined) {
      headers['authorization'] =
        `Basic ${Buffer.from(`${basicAuth.user}:${basicAuth.password}`).toString('base64')}`;
    }
    if (tenant !== undefined) headers['x-scope-orgid'] = tenant;
    return headers;
  }
}

/** Rejects when the signal aborts. */
function lapse(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(new DOMException('given up', 'AbortError'));
    };
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
  });
}

async function makeDispatcher({ url, connections }: PyroscopeAccess): Promise<Dispatcher> {
  const { EnvHttpProxyAgent, Pool } = await import('undici');
  const hasProxy = Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name));
  return hasProxy ? new EnvHttpProxyAgent({ connections }) : new Pool(url.origin, { connections });
}

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (bytes < MAX_ANSWER_CHARS) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

/** undici's and node's codes, in words that say where to look. */
function describeFailure(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (name === 'AbortError') return 'given up at shutdown';
  if (code === 'ECONNREFUSED') return 'connection refused: nothing listens there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the host name cannot be resolved';
  if (/CERT|SELF_SIGNED|TLS|SSL/.test(code)) return `the TLS certificate is not trusted (${code})`;
  return cleanText(
    error instanceof Error ? `${error.message}${code === '' ? '' : ` (${code})`}` : String(error),
    300,
  );
}
