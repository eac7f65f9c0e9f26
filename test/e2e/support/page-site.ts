// A browser for the web page, which counts as trouble whatever the page does that it should not.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

const screenshots = path.join(import.meta.dirname, '../../../.setup/screenshots');

export interface PageBrowser {
  readonly browser: Browser;
  /** Errors of scripts and of the console, and requests to elsewhere, of all pages. */
  readonly troubles: string[];
  /** In a context of its own, as another reader has it. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  close(): Promise<void>;
}

export async function startBrowser(): Promise<PageBrowser> {
  mkdirSync(screenshots, { recursive: true });
  console.log(`screenshots of the page: ${screenshots}`);
  const browser = await launch();
  const troubles: string[] = [];
  const open = async (url: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    const page = await context.newPage();
    const { origin } = new URL(url);
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
    });
    page.on('request', (request) => {
      const asked = request.url();
      if (!asked.startsWith(`${origin}/`) && !asked.startsWith(`blob:${origin}/`)) troubles.push(asked);
    });
    await page.goto(url);
    return page;
  };
  return { browser, troubles, open, close: () => browser.close() };
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
  return expect.poll(get, { timeout: 30_000 });
}

export async function takePicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(screenshots, `page-${name}.png`) });
}
