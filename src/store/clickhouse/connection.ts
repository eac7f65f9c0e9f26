// Queries and inserts over HTTP: bounded answers, a few attempts where another one can help, errors as the store has them.
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { StoreError } from '../store.ts';

export interface ClickHouseAccess {
  /** http://host:8123 */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  readonly attempts?: number;
  /** Before the second attempt, on average; doubles with every further one. */
  readonly pauseMs?: number;
  readonly timeoutMs?: number;
}

/** Of one answer: a page of records, or a body. */
export const MAX_ANSWER_BYTES = 536_870_912;

const ATTEMPTS = 4;
const PAUSE_MS = 200;
const TIMEOUT_MS = 60_000;
/** Of the server: it is busy, or has too little of something right now. */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([159, 160, 202, 203, 209, 210, 241, 252]);
const DISK_FULL_CODE = 243;

export class ClickHouseConnection {
  /** Since the start; for metrics. */
  readonly counts = { requests: 0, retries: 0, failures: 0 };
  private readonly client: ClickHouseClient;
  private readonly access: ClickHouseAccess;
  private readonly closing = new AbortController();

  constructor(access: ClickHouseAccess) {
    this.access = access;
    const { url, username, password, database, timeoutMs = TIMEOUT_MS } = access;
    this.client = createClient({
      url,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(database !== undefined && { database }),
      request_timeout: timeoutMs,
      log: { level: ClickHouseLogLevel.OFF },
      // Errors come with their status, not in the middle of an answer that began well.
      clickhouse_settings: { wait_end_of_query: 1 },
    });
  }

  /** The answer's bytes, in the query's FORMAT. Throws StoreError. */
  query(sql: string): Promise<Buffer> {
    return this.trying(() => this.run({ query: sql }));
  }

  /** `rows` are RowBinary. Whoever inserts must not mind rows that come twice. Throws StoreError. */
  async insert(table: string, columns: string, rows: readonly Uint8Array[]): Promise<void> {
    const query = `INSERT INTO ${table} (${columns}) FORMAT RowBinary`;
    await this.trying(() => this.run({ query, values: Readable.from(rows, { objectMode: false }) }));
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.client.close();
  }

  private async run(request: { query: string; values?: Readable }): Promise<Buffer> {
    const abort_signal = this.closing.signal;
    const { stream } = await this.client.exec({ ...request, abort_signal });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES)
        throw new StoreError('too_large', `An answer has more than ${MAX_ANSWER_BYTES} bytes.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  private async trying(work: () => Promise<Buffer>): Promise<Buffer> {
    const { attempts = ATTEMPTS, pauseMs = PAUSE_MS } = this.access;
    for (let attempt = 1; ; attempt++) {
      this.counts.requests += 1;
      try {
        return await work();
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const code = codeOf(error);
        const isTransient = code === undefined || TRANSIENT_CODES.has(code);
        if (!isTransient || attempt >= attempts || this.closing.signal.aborted) {
          this.counts.failures += 1;
          throw failure(code, error);
        }
        this.counts.retries += 1;
        const ms = Math.random() * pauseMs * 2 ** attempt;
        await pause(ms, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }
}

/** The server's own number of an error; undefined for trouble on the way. */
function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const named = /^\d+$/.exec(String((error as { code?: unknown }).code))?.[0];
  // Old servers write it into the text only.
  const code = named ?? /^Code: (\d+)/.exec(error.message)?.[1];
  return code === undefined ? undefined : Number(code);
}

function failure(code: number | undefined, cause: unknown): StoreError {
  if (code === undefined) return new StoreError('unavailable', 'ClickHouse does not answer.', cause);
  if (code === DISK_FULL_CODE) return new StoreError('full', 'The disk of ClickHouse is full.', cause);
  return new StoreError('unavailable', `ClickHouse refuses: code ${code}.`, cause);
}
