// The API over real HTTP on a fresh store, with the calls that its clients make.
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { ServeBounds, ServeEnv } from '../../../src/serve/context.ts';
import { pyroscopeApi } from '../../../src/serve/pyroscope/api.ts';
import { freshStore } from '../../fixtures/fresh-store.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import type { PprofSketch } from '../../fixtures/pprof-samples.ts';

export const BOUNDS: ServeBounds = { bodyBytes: 1_048_576, rawBytes: 4_194_304, mergedProfiles: 100 };
/** 2026-01-01 00:00:00 UTC, which is a whole number of days. */
export const NOW_MS = 1_767_225_600_000;
export const NOW = BigInt(NOW_MS) * 1_000_000n;
export const CPU_ID = 'process_cpu:cpu:nanoseconds:cpu:nanoseconds';

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Buffer;
  readonly json: unknown;
}

export class ApiServer {
  readonly store = freshStore(() => NOW);
  private readonly bounds: ServeBounds;
  private server: Server | undefined;

  constructor(bounds: Partial<ServeBounds> = {}) {
    this.bounds = { ...BOUNDS, ...bounds };
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  async start(): Promise<this> {
    const app = new Hono<ServeEnv>();
    app.use(async (context, next) => {
      context.set('tenant', context.req.header('x-scope-orgid') ?? 'anonymous');
      context.set('requestId', 'test');
      await next();
    });
    app.route('/', pyroscopeApi({ store: this.store, bounds: this.bounds, now: () => NOW }));
    await new Promise<void>((resolve) => {
      this.server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => {
        resolve();
      }) as Server;
    });
    return this;
  }

  async stop(): Promise<void> {
    this.server!.closeAllConnections();
    await new Promise((resolve) => this.server!.close(resolve));
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const body = Buffer.from(await response.arrayBuffer());
    const type = response.headers.get('content-type');
    const isJson = type?.startsWith('application/json') === true;
    return { status: response.status, type, body, json: isJson ? JSON.parse(body.toString()) : undefined };
  }

  /** A call with JSON both ways. */
  call(path: string, message: object | string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    });
  }

  query(method: string, message: object): Promise<Answer> {
    return this.call(`/querier.v1.QuerierService/${method}`, message);
  }

  /** Each label set with the profiles of it. */
  push(
    series: readonly { readonly labels: Record<string, string>; readonly profiles: readonly Uint8Array[] }[],
  ): Promise<Answer> {
    return this.call('/push.v1.PusherService/Push', {
      series: series.map(({ labels, profiles }) => ({
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
        samples: profiles.map((body) => ({ rawProfile: Buffer.from(body).toString('base64') })),
      })),
    });
  }

  /** One profile of CPU time of the service shop, one minute before now unless it says when. */
  async have(sketch: PprofSketch, labels: Record<string, string> = {}): Promise<void> {
    const profile = makePprof({ timeNanos: NOW - 60_000_000_000n, ...sketch });
    const all = { __name__: 'process_cpu', service_name: 'shop', ...labels };
    const { status, body } = await this.push([{ labels: all, profiles: [profile] }]);
    if (status !== 200) throw new Error(body.toString());
  }
}

/** The last hour. */
export const RANGE = { start: String(NOW_MS - 3_600_000), end: String(NOW_MS) };
/** All CPU time of the last hour. */
export const ALL_CPU = { profileTypeID: CPU_ID, labelSelector: '{}', ...RANGE };
