// The web page of a real server in a real browser: who may see what, what it lets in, what it says when something is wrong, and
// whether everybody can use it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageUploads } from '../fixtures/page-profiles.ts';
import { namesOf, paleTexts } from './support/page-reading.ts';
import { PageServer } from './support/page-server.ts';
import { eventually, startBrowser, takePicture } from './support/page-site.ts';
import type { PageBrowser } from './support/page-site.ts';

const uploads = pageUploads(Date.now());
const folder = mkdtempSync(path.join(tmpdir(), 'page-guard-'));
const tokens = { read: path.join(folder, 'read'), write: path.join(folder, 'write') };
writeFileSync(tokens.read, 'read-secret\n');
writeFileSync(tokens.write, 'write-secret\n');
const TOKENS = ['--read-token-file', tokens.read, '--write-token-file', tokens.write];

let open: PageServer;
let closed: PageServer;
let browser: PageBrowser;

beforeAll(async () => {
  [open, closed, browser] = await Promise.all([
    PageServer.start(),
    PageServer.start([...TOKENS, '--max-merge', '50']),
    startBrowser(),
  ]);
  await open.upload(uploads);
  await closed.upload(uploads, 'write-secret');
});
afterAll(async () => {
  await browser.close();
  await Promise.all([open.close(), closed.close()]);
  rmSync(folder, { recursive: true });
});

async function shop(query = ''): Promise<Page> {
  const page = await browser.open(`${open.url}?service=shop${query}`);
  await page.locator('#content').waitFor();
  return page;
}

const firstRow = (page: Page): ReturnType<Page['locator']> => page.locator('#functions tbody tr').first();
const alertOf = (page: Page): Promise<string | null> => page.getByRole('alert').textContent();

describe('a token', () => {
  const ask = (url: string, token?: string): Promise<Response> =>
    fetch(`${url}querier.v1.QuerierService/ProfileTypes`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: '{}',
    });

  test('is asked for by the page, which needs none itself, and by the API', async () => {
    expect((await fetch(closed.url)).status).toBe(200);
    expect((await ask(closed.url)).status).toBe(401);
    expect((await fetch(`${closed.url}api/0/services`)).status).toBe(401);
    expect((await ask(closed.url, 'read-secret')).status).toBe(200);
  });

  test('is given once, stays in its tab, and is in no address', async () => {
    const page = await browser.open(`${closed.url}?service=shop&from=now-5m`);
    await page.getByRole('dialog').waitFor();
    expect(await page.getByText('needs a token').isVisible()).toBe(true);
    await takePicture(page, 'token');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    for (const wrong of ['wrong', 'write-secret']) {
      await page.getByLabel('Token', { exact: true }).fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByText('did not accept the token').waitFor();
    }
    await page.getByLabel('Token', { exact: true }).fill('read-secret');
    await page.keyboard.press('Enter');
    await firstRow(page).waitFor();
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
    expect(asked.filter((url) => url.includes('secret'))).toEqual([]);
    expect(page.url()).not.toContain('secret');
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain('secret');
    await page.reload();
    await firstRow(page).waitFor();
    const other = await browser.open(page.url());
    await other.getByRole('dialog').waitFor();
    await other.context().close();
    await page.context().close();
  });
});

describe('the page', () => {
  test('asks no other host, and what would is stopped', async () => {
    const seen = browser.troubles.length;
    const page = await shop();
    await page.getByRole('button', { name: 'By label' }).click();
    await page.locator('#breakdown tbody tr').first().waitFor();
    expect(browser.troubles.slice(seen)).toEqual([]);
    const stopped = await page.evaluate<string[]>(`(async () => {
      const stopped = [];
      addEventListener('securitypolicyviolation', (event) => stopped.push(event.effectiveDirective));
      await fetch(${JSON.stringify(closed.url)}).catch(() => undefined);
      const image = new Image();
      image.src = ${JSON.stringify(`${closed.url}icon.svg`)};
      const tries = [
        () => { document.body.innerHTML = '<b>x</b>'; },
        () => { document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = 1' })); },
        () => { document.body.setAttribute('onclick', 'window.ran = 1'); document.body.click(); },
      ];
      for (const go of tries) try { go(); } catch { /* that is how it is stopped */ }
      await new Promise((resolve) => setTimeout(resolve, 200));
      return [...stopped, String(window.ran)];
    })()`);
    expect(new Set(stopped)).toEqual(
      new Set(['connect-src', 'img-src', 'require-trusted-types-for', 'undefined']),
    );
    await page.context().close();
  });

  test('is in no frame of another site', async () => {
    const page = await (await browser.browser.newContext()).newPage();
    const body = `<iframe src="${open.url}"></iframe>`;
    await page.route('http://other.test/', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto('http://other.test/');
    await eventually(() => page.frames()[1]?.url()).toMatch(/^chrome-error:/);
    await page.context().close();
  });

  test('is asked for anew, and what has a hash in its name is not', async () => {
    const index = await fetch(open.url);
    expect(index.headers.get('cache-control')).toBe('no-cache');
    expect(index.headers.get('referrer-policy')).toBe('no-referrer');
    expect(index.headers.get('x-content-type-options')).toBe('nosniff');
    const [, asset] = /src="\.\/(assets\/[^"]+)"/.exec(await index.text())!;
    const script = await fetch(open.url + asset!);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });
});

describe('a server', () => {
  test('that is gone is missed, what came last stays, and is found again', async () => {
    const page = await shop();
    await firstRow(page).waitFor();
    await open.die();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await eventually(() => alertOf(page)).toContain('The server does not answer.');
    expect(await firstRow(page).isVisible()).toBe(true);
    await takePicture(page, 'gone');
    await page.getByText('Download', { exact: true }).click();
    await page.getByRole('button', { name: 'pprof' }).click();
    await page.locator('#download-items .trouble').waitFor();
    await open.wake();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    expect(await firstRow(page).isVisible()).toBe(true);
    await page.context().close();
  });

  test('that refuses a question is quoted', async () => {
    const page = await browser.open(closed.url);
    await page.getByLabel('Token', { exact: true }).fill('read-secret');
    await page.keyboard.press('Enter');
    await eventually(() => alertOf(page)).toMatch(/That cannot be shown.*50/s);
    await page.context().close();
  });

  test('is quoted as text', async () => {
    const page = await shop();
    await page.route('**/SelectMergeStacktraces', (route) =>
      route.fulfill({
        status: 400,
        json: { code: 'invalid_argument', message: 'the <b>range</b> is too long' },
      }),
    );
    await page.getByRole('button', { name: 'Refresh' }).click();
    await eventually(() => alertOf(page)).toContain('the <b>range</b> is too long');
    await page.context().close();
  });

  test('with nothing in it is said to be empty, with a way to fill it', async () => {
    const empty = await PageServer.start();
    const page = await browser.open(empty.url);
    await eventually(() => alertOf(page)).toContain('No profiles yet');
    expect(await alertOf(page)).toContain(`--pyroscope ${empty.url.slice(0, -1)} -- sampler`);
    await takePicture(page, 'empty');
    await empty.upload(pageUploads(Date.now() - 7_200_000).slice(-20));
    await page.getByRole('button', { name: 'Look at the last 7 days' }).click();
    await firstRow(page).waitFor();
    await page.context().close();
    await empty.close();
  });

  test('with nothing in it is looked at until there is something', async () => {
    const empty = await PageServer.start();
    const page = await browser.open(empty.url);
    await eventually(() => alertOf(page)).toContain('No profiles yet');
    await empty.upload(pageUploads(Date.now()).slice(-20));
    await firstRow(page).waitFor();
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    await page.context().close();
    await empty.close();
  });

  test('with nothing that matches offers to take the labels away', async () => {
    const page = await browser.open(`${open.url}?service=shop&label=uri%3D%2Fnowhere`);
    await eventually(() => alertOf(page)).toContain('No profiles match');
    await page.getByRole('button', { name: 'Clear labels and selection' }).click();
    await firstRow(page).waitFor();
    await page.context().close();
  });

  test('that does not know the service says so', async () => {
    const page = await browser.open(`${open.url}?service=nowhere`);
    await eventually(() => alertOf(page)).toContain('Nothing of nowhere');
    await page.context().close();
  });
});

describe('everybody', () => {
  const VIEWS = [
    '',
    '&compare=1&labelB=uri%3D%2Fcart&label=uri%3D%2F',
    '&view=breakdown',
    '&focus=PDOStatement%3A%3Aexecute',
  ];

  test.each(VIEWS)('hears what each control is (%s)', async (query) => {
    const page = await shop(query);
    await page.locator('tbody tr:visible').first().waitFor();
    const names = await namesOf(page);
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter(({ name }) => name === '')).toEqual([]);
    await page.context().close();
  });

  test.each(VIEWS)('can read all text, light and dark (%s)', async (query) => {
    const page = await shop(query);
    await page.locator('tbody tr:visible').first().waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await paleTexts(page)).toEqual([]);
    }
    await page.context().close();
  });

  test('walks from the top to the table and on to the flame graph with the keyboard', async () => {
    const page = await shop();
    await firstRow(page).waitFor();
    const focused = (): Promise<string> => page.evaluate('document.activeElement.id');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the table of functions');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('service');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('data-key')).toBe('name');
    for (let presses = 0; presses < 4; presses++) await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('role')).toBe('tree');
    await page.context().close();
  });
});
