// The flame graph in a real browser: it draws, zooms, searches, and asks no network for anything.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { chromium } from 'playwright-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const capture = path.join(root, 'test/corpus/phpspy/fpm-request-uri.txt.gz');
const folder = mkdtempSync(path.join(tmpdir(), 'flame-'));
const artifacts = path.join(root, '.setup/screenshots');
const requests: string[] = [];
const errors: string[] = [];
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const svg = path.join(folder, 'flame.svg');
  await execa('node', [path.join(root, 'bin/spybridge.js'), 'convert', capture, '-o', svg]);
  mkdirSync(artifacts, { recursive: true });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(pathToFileURL(svg).href);
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Of its colour, without the outline. */
const widthOf = async (box: Locator): Promise<number> =>
  Number(await box.locator('rect').getAttribute('width'));
const visible = (): Promise<number> => page.locator('g.f:not(.gone)').count();

describe('a flame graph in the browser', () => {
  test('shows all boxes, the root first', async () => {
    await page.screenshot({ path: path.join(artifacts, 'flame-graph.png') });
    expect(await visible()).toBeGreaterThan(100);
    const top = page.locator('g.f').first();
    expect(await widthOf(top)).toBe(1180);
    expect((await top.boundingBox())!.y).toBeLessThan(100);
  });

  test('zooms into a box that is clicked, and out again', async () => {
    const all = await visible();
    const box = page.locator('g.f.wide').nth(12);
    const before = await widthOf(box);
    await box.locator('rect').click();
    expect(await widthOf(box)).toBe(1180);
    expect(before).toBeLessThan(1180);
    expect(await visible()).toBeLessThan(all);
    await page.screenshot({ path: path.join(artifacts, 'flame-graph-zoomed.png') });
    // By its place: a search for its text goes through the thousands of the graph.
    await page.locator('.bar button').click();
    expect(await visible()).toBe(all);
    expect(await widthOf(box)).toBe(before);
  });

  test('marks what is searched for and tells its share; a wrong expression breaks nothing', async () => {
    await page.keyboard.press('Control+f');
    await page.keyboard.type('render');
    expect(await page.locator('g.hit').count()).toBeGreaterThan(0);
    await expect.poll(() => page.locator('.bar').textContent()).toMatch(/\d+ frames, \d+\.\d\d %/);
    await page.screenshot({ path: path.join(artifacts, 'flame-graph-search.png') });
    await page.keyboard.press('Control+a');
    await page.keyboard.type('/(unclosed/');
    await page.keyboard.press('Escape');
    expect(await page.locator('g.hit').count()).toBe(0);
  });

  test('needs nothing but its file, and runs without an error', () => {
    expect(requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
