// The web page with a server behind it, in a browser. SPYBRIDGE_PAGE_URL names a running server to be used instead of the fake
// one; it gets the same profiles by its ingest API.
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { pageFiles } from '../../../src/serve/page-files.ts';
import { fakeQuerier } from '../../fixtures/fake-querier.ts';
import type { FakeQuerier } from '../../fixtures/fake-querier.ts';
import { encodeUpload } from '../../fixtures/page-pprof.ts';
import type { PageUpload } from '../../fixtures/page-profiles.ts';

const root = path.join(import.meta.dirname, '../../..');
const screenshots = path.join(root, '.setup/screenshots');
const outside = process.env['SPYBRIDGE_PAGE_URL'];

export interface PageSite {
  /** Ends with a slash. */
  readonly url: string;
  /** Undefined where an outside server is used. */
  readonly fake: FakeQuerier | undefined;
  /** Errors of scripts and of the console, and requests to elsewhere, of all pages. */
  readonly troubles: string[];
  open(query: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export const isOutside = outside !== undefined;
if (isOutside)
  console.log(`the page is tested on ${outside}: no tests of a server that is gone, empty, or wants a token`);

export async function startPageSite(uploads: readonly PageUpload[]): Promise<PageSite> {
  mkdirSync(screenshots, { recursive: true });
  const browser = await launch();
  if (outside !== undefined) {
    for (const upload of uploads) await ingest(outside, upload);
    return makeSite(browser, { url: outside.replace(/\/*$/, '/'), fake: undefined, server: undefined });
  }
  const fake = fakeQuerier(uploads);
  const app = new Hono();
  app.route('/', pageFiles(path.join(root, 'dist/page')));
  app.route('/', fake.app);
  const server = await new Promise<Server>((resolve) => {
    const starting = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => {
      resolve(starting as Server);
    });
  });
  const address = server.address() as { port: number };
  return makeSite(browser, { url: `http://127.0.0.1:${address.port}/`, fake, server });
}

function makeSite(
  browser: Browser,
  { url, fake, server }: { url: string; fake: FakeQuerier | undefined; server: Server | undefined },
): PageSite {
  const troubles: string[] = [];
  const open = async (query: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const page = await context.newPage();
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) troubles.push(request.url());
    });
    await page.goto(url + query);
    return page;
  };
  const close = async (): Promise<void> => {
    await browser.close();
    server?.close();
  };
  return { url, fake, troubles, open, close };
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

/** Waits until it is so; a busy machine takes its time. */
export function eventually<Value>(get: () => Value | Promise<Value>): ReturnType<typeof expect.poll<Value>> {
  return expect.poll(get, { timeout: 20_000 });
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(screenshots, `page-${name}.png`) });
}

async function ingest(server: string, upload: PageUpload): Promise<void> {
  const tags = Object.entries(upload.labels).map(([name, value]) => `${name}=${value}`);
  const from = String(BigInt(upload.timeMs) * 1_000_000n);
  const query = new URLSearchParams({ name: `${upload.service}{${tags.join(',')}}`, from, format: 'pprof' });
  const body = Uint8Array.from(encodeUpload(upload));
  const response = await fetch(new URL(`/ingest?${query.toString()}`, server), { method: 'POST', body });
  if (!response.ok) throw new Error(`ingest: ${response.status} ${await response.text()}`);
}
