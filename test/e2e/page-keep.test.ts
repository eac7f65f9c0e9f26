// The web page in a real browser: what can be taken along (files, links), how it looks, and what it says when something is wrong.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageUploads } from '../fixtures/page-profiles.ts';
import { eventually, isOutside, startPageSite, takePicture } from './support/page-site.ts';
import type { PageSite } from './support/page-site.ts';

let site: PageSite;

beforeAll(async () => {
  site = await startPageSite(pageUploads(Date.now()));
});
afterAll(async () => {
  await site.close();
});

async function shop(query = ''): Promise<Page> {
  const page = await site.open(`?service=shop${query}`);
  await page.locator('#content').waitFor();
  return page;
}

async function download(page: Page, name: string): Promise<{ file: string; bytes: Buffer }> {
  await page.getByText('Download', { exact: true }).click();
  const [taken] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  return { file: taken.suggestedFilename(), bytes: readFileSync(await taken.path()) };
}

describe('a download', () => {
  test('is folded stacks, speedscope, SVG or pprof', async () => {
    const page = await shop();
    const folded = await download(page, 'Folded stacks');
    expect(folded.file).toBe('shop-wall.folded');
    expect(folded.bytes.toString()).toMatch(/^<main> public\/index\.php;Illuminate\\Foundation.* \d+$/m);
    const speedscope = await download(page, 'speedscope');
    expect((JSON.parse(speedscope.bytes.toString()) as { profiles: unknown[] }).profiles).toHaveLength(1);
    const svg = await download(page, 'Flame graph .svg');
    expect(svg.bytes.toString()).toMatch(/^<svg .*PDOStatement::execute.*<\/svg>\n$/s);
    const pprof = await download(page, 'pprof');
    expect(pprof.file).toBe('shop-wall.pb.gz');
    expect(gunzipSync(pprof.bytes).length).toBeGreaterThan(0);
    await page.context().close();
  });

  test('of a comparison has both sides', async () => {
    const page = await shop('&compare=1&labelB=uri%3D%2Fcart');
    await page.getByRole('columnheader', { name: 'Change' }).waitFor();
    const { bytes } = await download(page, 'Folded stacks');
    expect(bytes.toString()).toMatch(/;curl_exec \d+ 0$/m);
    expect((await download(page, 'pprof of B')).bytes.length).toBeGreaterThan(0);
    await page.context().close();
  });
});

describe('a link', () => {
  test('shows somebody else the same view', async () => {
    const page = await shop('&view=flame');
    await page.getByLabel('Search functions').fill('execute');
    const graph = page.getByRole('tree');
    await graph.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await eventually(() => new URL(page.url()).searchParams.get('zoom')).toHaveLength(15);
    const other = await site.open(new URL(page.url()).search);
    await eventually(() => other.locator('#found').textContent()).toBe(
      await page.locator('#found').textContent(),
    );
    expect(await other.getByLabel('Search functions').inputValue()).toBe('execute');
    expect(await other.getByRole('button', { name: 'Flame graph' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await other.getByRole('button', { name: 'Reset zoom' }).waitFor();
    expect(await other.locator('#flames .frame-name').textContent()).toBe(
      'Illuminate\\Pipeline\\Pipeline::then',
    );
    await page.context().close();
    await other.context().close();
  });
});

describe('the page', () => {
  test('is dark where the system is, and as one chooses', async () => {
    const page = await site.open('?service=shop', { colorScheme: 'dark' });
    const back = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await back()).toBe('rgb(20, 23, 27)');
    await page.locator('#functions tbody tr').first().waitFor();
    await takePicture(page, 'dark');
    await page.getByRole('button', { name: 'Colours: auto' }).click();
    await page.getByRole('button', { name: 'Colours: light' }).waitFor();
    expect(await back()).toBe('rgb(245, 246, 248)');
    await page.reload();
    expect(await back()).toBe('rgb(245, 246, 248)');
    await page.context().close();
  });

  test('can be used on a small screen', async () => {
    const page = await site.open('?service=shop', { viewport: { width: 420, height: 800 } });
    await page.locator('#functions tbody tr').first().waitFor();
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(420);
    await takePicture(page, 'small');
    await page.context().close();
  });

  test('is walked from its top to the table with the keyboard', async () => {
    const page = await shop();
    const focused = (): Promise<string> => page.evaluate('document.activeElement.id');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the table of functions');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('service');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('data-key')).toBe('name');
    await page.context().close();
  });

  test('asks again every ten seconds while it is live', async () => {
    const page = await site.open('', {});
    await page.clock.install();
    await page.goto(`${site.url}?service=shop`);
    await page.locator('#functions tbody tr').first().waitFor();
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('SelectMergeStacktraces')) asked += 1;
    });
    await page.clock.runFor(11_000);
    expect(asked).toBe(0);
    await page.getByRole('button', { name: 'Live' }).click();
    await eventually(() => asked).toBe(1);
    await page.clock.runFor(11_000);
    await eventually(() => asked).toBeGreaterThan(1);
    await page.context().close();
  });
});

describe.skipIf(isOutside)('a server', () => {
  test('that wants a token is given one, which stays in the tab', async () => {
    const fake = site.fake!;
    fake.token = 'secret-token';
    const page = await site.open('?service=shop');
    await page.getByRole('dialog').waitFor();
    await takePicture(page, 'token');
    await page.getByLabel('Token', { exact: true }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('did not accept the token').waitFor();
    await page.getByLabel('Token', { exact: true }).fill('secret-token');
    await page.keyboard.press('Enter');
    await page.locator('#functions tbody tr').first().waitFor();
    expect(await page.getByRole('dialog').isVisible()).toBe(false);
    expect(page.url()).not.toContain('secret');
    expect(await page.context().storageState()).toMatchObject({ cookies: [], origins: [] });
    fake.token = '';
    await page.context().close();
  });

  test('that is gone is missed, what came last stays, and is found again', async () => {
    const page = await shop();
    await page.route('**/querier.v1.QuerierService/*', (route) => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await eventually(() => page.getByRole('alert').textContent()).toContain('The server does not answer.');
    expect(await page.locator('#functions tbody tr').first().isVisible()).toBe(true);
    await takePicture(page, 'gone');
    await page.unroute('**/querier.v1.QuerierService/*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  test('that refuses a question is quoted', async () => {
    const page = await shop();
    await page.route('**/SelectMergeStacktraces', (route) =>
      route.fulfill({
        status: 400,
        json: { code: 'invalid_argument', message: 'the <b>range</b> is too long' },
      }),
    );
    await page.getByRole('button', { name: 'Refresh' }).click();
    await eventually(() => page.getByRole('alert').textContent()).toContain('the <b>range</b> is too long');
    await page.context().close();
  });

  test('with nothing in it is said to be empty, with a way to fill it', async () => {
    const fake = site.fake!;
    const { uploads } = fake;
    fake.uploads = [];
    const page = await site.open('');
    await eventually(() => page.getByRole('alert').textContent()).toContain('No profiles yet');
    await takePicture(page, 'empty');
    fake.uploads = uploads;
    await page.getByRole('button', { name: 'Look at the last 7 days' }).click();
    await page.locator('#functions tbody tr').first().waitFor();
    await page.context().close();
  });

  test('with nothing that matches offers to take the labels away', async () => {
    const page = await site.open('?service=shop&label=uri%3D%2Fnowhere');
    await eventually(() => page.getByRole('alert').textContent()).toContain('No profiles match');
    await page.getByRole('button', { name: 'Clear labels and selection' }).click();
    await page.locator('#functions tbody tr').first().waitFor();
    await page.context().close();
  });
});
