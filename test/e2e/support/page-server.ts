// `spybridge serve` with its store on disk, filled as clients fill it: what the page is tested with.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { encodeUpload } from '../../fixtures/page-pprof.ts';
import type { PageUpload } from '../../fixtures/page-profiles.ts';
import { startBridge } from './bridge-run.ts';
import type { BridgeRun } from './bridge-run.ts';

/** Uploads that are on their way at once. */
const SENDERS = 8;

export class PageServer {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'page-server-'));
  private readonly options: readonly string[];
  private run: BridgeRun | undefined;
  private port = 0;

  private constructor(options: readonly string[]) {
    this.options = options;
  }

  static async start(options: readonly string[] = []): Promise<PageServer> {
    const server = new PageServer(options);
    await server.wake();
    return server;
  }

  /** Ends with a slash; the same after a death. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** On the port and with the data that it had. */
  async wake(): Promise<void> {
    const { port, folder } = this;
    const run = startBridge([
      ...['serve', '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${port}`],
      ...['--log-format', 'json', ...this.options],
    ]);
    this.run = run;
    const started = await vi.waitUntil(() => run.lines.find(({ event }) => event === 'server_started'), {
      timeout: 30_000,
    });
    this.port = Number(new URL(started['url'] as string).port);
  }

  /** As if the machine had lost its power. */
  async die(): Promise<void> {
    this.run?.kill('SIGKILL');
    await this.run?.exitCode;
    this.run = undefined;
  }

  async upload(uploads: readonly PageUpload[], token = ''): Promise<void> {
    const waiting = [...uploads];
    const send = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.ingest(next, token);
    };
    await Promise.all(Array.from({ length: SENDERS }, send));
  }

  async close(): Promise<void> {
    await this.die();
    rmSync(this.folder, { recursive: true });
  }

  private async ingest(upload: PageUpload, token: string): Promise<void> {
    const tags = Object.entries(upload.labels).map(([name, value]) => `${name}=${value}`);
    const from = String(BigInt(upload.timeMs) * 1_000_000n);
    const query = new URLSearchParams({
      name: `${upload.service}{${tags.join(',')}}`,
      from,
      format: 'pprof',
    });
    const response = await fetch(new URL(`/ingest?${query.toString()}`, this.url), {
      method: 'POST',
      headers: token === '' ? {} : { authorization: `Bearer ${token}` },
      body: Uint8Array.from(encodeUpload(upload)),
    });
    if (!response.ok) throw new Error(`ingest: ${response.status} ${await response.text()}`);
  }
}
