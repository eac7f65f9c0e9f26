// The web page of a real server in a real browser: what can be taken along (files, links), and how it looks.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageUploads, WALL } from '../fixtures/page-profiles.ts';
import { PageServer } from './support/page-server.ts';
import { eventually, startBrowser, takePicture } from './support/page-site.ts';
import type { PageBrowser } from './support/page-site.ts';

const nowMs = Date.now();
const uploads = pageUploads(nowMs);
/** Fixed, so that nothing leaves it while the tests run. */
const range = `from=${nowMs - 3_600_000}&until=${nowMs}`;
/** Of all stacks of the shop, in ns. */
const shopNanos = sumOf('');
const cartNanos = sumOf('/cart');

let server: PageServer;
let browser: PageBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([PageServer.start(), startBrowser()]);
  await server.upload(uploads);
});
afterAll(async () => {
  expect(browser.troubles).toEqual([]);
  await browser.close();
  await server.close();
});

/** Empty: all. */
function sumOf(uri: string): number {
  return uploads
    .filter(
      ({ service, type, labels }) => service === 'shop' && type === WALL && ['', labels['uri']].includes(uri),
    )
    .flatMap(({ stacks }) => stacks)
    .reduce((sum, [, nanos]) => sum + nanos, 0);
}

async function shop(query = ''): Promise<Page> {
  const page = await browser.open(`${server.url}?service=shop&${range}${query}`);
  await page.locator('#functions tbody tr').first().or(page.locator('[role=tree]').first()).first().waitFor();
  return page;
}

async function download(page: Page, name: string): Promise<{ file: string; bytes: Buffer; path: string }> {
  await page.getByText('Download', { exact: true }).click();
  const [taken] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).click(),
  ]);
  const path = await taken.path();
  return { file: taken.suggestedFilename(), bytes: readFileSync(path), path };
}

/** Per column. */
function sumFolded(text: string): number[] {
  const sums: number[] = [];
  for (const line of text.trimEnd().split('\n')) {
    const [, values] = /^\S.*? (\d+(?: \d+)?)$/.exec(line)!;
    values!.split(' ').forEach((value, column) => {
      sums[column] = (sums[column] ?? 0) + Number(value);
    });
  }
  return sums;
}

interface Speedscope {
  readonly $schema: string;
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly {
    readonly type: string;
    readonly unit: string;
    readonly startValue: number;
    readonly endValue: number;
    readonly samples: readonly (readonly number[])[];
    readonly weights: readonly number[];
  }[];
}

describe('a download', () => {
  test('as pprof is what was uploaded, added up', async () => {
    const page = await shop();
    const { file, bytes } = await download(page, 'pprof');
    expect(file).toBe('shop-wall.pb.gz');
    const profile = Profile.decode(gunzipSync(bytes));
    const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? '';
    expect(profile.sampleType.map(({ type, unit }) => [text(type), text(unit)])).toEqual([
      ['wall', 'nanoseconds'],
    ]);
    expect(profile.function.map(({ name }) => text(name))).toContain('PDOStatement::execute');
    expect(profile.sample.reduce((sum, { value }) => sum + Number(value[0]), 0)).toBe(shopNanos);
    await page.context().close();
  });

  test('as folded stacks has the sum that is shown', async () => {
    const page = await shop('&label=uri%3D%2Fcart');
    const { file, bytes } = await download(page, 'Folded stacks');
    expect(file).toBe('shop-wall.folded');
    expect(bytes.toString()).toMatch(/^<main> public\/index\.php;Illuminate\\Foundation.* \d+$/m);
    expect(sumFolded(bytes.toString())).toEqual([cartNanos]);
    await page.context().close();
  });

  test('for speedscope keeps to its file format', async () => {
    const page = await shop();
    const { file, bytes } = await download(page, 'speedscope');
    expect(file).toBe('shop-wall.speedscope.json');
    const { $schema, shared, profiles } = JSON.parse(bytes.toString()) as Speedscope;
    expect($schema).toBe('https://www.speedscope.app/file-format-schema.json');
    expect(profiles).toHaveLength(1);
    const { type, unit, startValue, endValue, samples, weights } = profiles[0]!;
    expect({ type, unit, startValue, endValue }).toEqual({
      type: 'sampled',
      unit: 'nanoseconds',
      startValue: 0,
      endValue: shopNanos,
    });
    expect(samples).toHaveLength(weights.length);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(shopNanos);
    expect(samples.flat().every((frame) => shared.frames[frame] !== undefined)).toBe(true);
    await page.context().close();
  });

  test('as a picture is an SVG that a browser draws', async () => {
    const page = await shop();
    const { file, path } = await download(page, 'Flame graph .svg');
    expect(file).toBe('shop-wall.svg');
    const picture = await (await browser.browser.newContext()).newPage();
    await picture.route('**/*.svg', (route) => route.fulfill({ path, contentType: 'image/svg+xml' }));
    await picture.goto('http://picture.test/a.svg');
    expect(await picture.evaluate('document.documentElement.localName')).toBe('svg');
    const titles = await picture.locator('title').allTextContents();
    expect(titles[0]).toMatch(/^total: .* \(100 %\)$/);
    expect(titles.some((title) => title.startsWith('PDOStatement::execute: '))).toBe(true);
    expect((await picture.locator('rect').nth(1).boundingBox())!.width).toBe(1_200);
    await picture.context().close();
    await page.context().close();
  });

  test('of a comparison has both sides', async () => {
    const page = await shop('&compare=1&labelB=uri%3D%2Fcart');
    await page.getByRole('columnheader', { name: 'Change' }).waitFor();
    const { bytes } = await download(page, 'Folded stacks');
    expect(bytes.toString()).toMatch(/;curl_exec \d+ 0$/m);
    expect(sumFolded(bytes.toString())).toEqual([shopNanos, cartNanos]);
    const { profiles } = JSON.parse((await download(page, 'speedscope')).bytes.toString()) as Speedscope;
    expect(profiles.map(({ endValue }) => endValue)).toEqual([shopNanos, cartNanos]);
    const pprof = Profile.decode(gunzipSync((await download(page, 'pprof of B')).bytes));
    expect(pprof.sample.reduce((sum, { value }) => sum + Number(value[0]), 0)).toBe(cartNanos);
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
    const other = await browser.open(page.url());
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

  test('of a comparison has labels, selected times and order', async () => {
    const span = `${nowMs - 1_200_000}-${nowMs}`;
    const query = `&compare=1&label=uri%3D%2F&labelB=uri%3D~%2Fc.*&spanB=${span}&sort=-right`;
    const page = await shop(query);
    await page.getByRole('button', { name: 'Remove uri =~ /c.*' }).waitFor();
    await eventually(() => page.locator('#functions tbody tr').first().textContent()).toMatch(/^<main>/);
    expect(await page.getByRole('columnheader', { name: 'B total' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
    expect(await page.locator('#side-right').getByRole('button', { name: 'Clear' }).isVisible()).toBe(true);
    await page.context().close();
  });
});

describe('the page', () => {
  test('is dark where the system is, and as one chooses', async () => {
    const page = await browser.open(`${server.url}?service=shop&${range}`, { colorScheme: 'dark' });
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

  test.each([
    [420, ''],
    [420, '&view=breakdown'],
    [900, '&compare=1&labelB=uri%3D%2Fcart'],
  ])('%i px wide cuts nothing off (%s)', async (width, query) => {
    const page = await browser.open(`${server.url}?service=shop&${range}${query}`, {
      viewport: { width, height: 800 },
    });
    const row = page.locator('tbody tr:visible').first();
    await row.waitFor();
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBeLessThanOrEqual(width);
    for (const cell of await row.locator('th, td:visible, button').all()) {
      const box = (await cell.boundingBox())!;
      expect(box.x + box.width).toBeLessThanOrEqual(width);
    }
    expect((await row.locator('th').boundingBox())!.width).toBeGreaterThan(90);
    await takePicture(page, `narrow-${width}${query === '' ? '' : `-${query.slice(1, 5)}`}`);
    await page.context().close();
  });

  test('asks again every ten seconds while it is live', async () => {
    const page = await browser.open(server.url);
    await page.clock.install();
    await page.goto(`${server.url}?service=shop`);
    await page.locator('#functions tbody tr').first().waitFor();
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('SelectMergeStacktraces')) asked += 1;
    });
    await page.clock.runFor(11_000);
    expect(asked).toBe(0);
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await eventually(() => asked).toBe(1);
    await page.clock.runFor(11_000);
    await eventually(() => asked).toBeGreaterThan(1);
    await page.context().close();
  });

  test('shows what is uploaded while it is live', async () => {
    const page = await browser.open(`${server.url}?service=fresh&live=1`);
    await eventually(() => page.getByRole('alert').textContent()).toContain('Nothing of fresh');
    const stacks = [['<main> index.php;App\\Fresh::run', 1_000_000]] as const;
    await server.upload([{ service: 'fresh', type: WALL, labels: {}, timeMs: Date.now(), stacks }]);
    await page.getByTitle('App\\Fresh::run', { exact: true }).waitFor();
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    await page.context().close();
  });
});
