// The web page in a real browser: everything that one does to look at profiles.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  deepUpload,
  HOSTILE_LABEL,
  HOSTILE_NAME,
  pageUploads,
  SLOWED,
  UNSEEN_NAME,
  wideUpload,
} from '../fixtures/page-profiles.ts';
import { PageServer } from './support/page-server.ts';
import { eventually, startBrowser, takePicture } from './support/page-site.ts';
import type { PageBrowser } from './support/page-site.ts';

let server: PageServer;
let browser: PageBrowser;
let page: Page;

beforeAll(async () => {
  const nowMs = Date.now();
  [server, browser] = await Promise.all([PageServer.start(), startBrowser()]);
  await server.upload([...pageUploads(nowMs), wideUpload(nowMs), deepUpload(nowMs)]);
});
beforeEach(async () => {
  page = await browser.open(`${server.url}?service=shop`);
  await rows().first().waitFor();
  return async () => {
    await page.context().close();
  };
});
afterAll(async () => {
  expect(browser.troubles).toEqual([]);
  await browser.close();
  await server.close();
});

const rows = (): Locator => page.locator('#functions tbody tr');
const rowOf = (name: string): Locator => rows().filter({ has: page.getByTitle(name, { exact: true }) });
const flame = (name = 'Flame graph'): Locator => page.getByRole('tree', { name: new RegExp(`^${name}`) });
const current = (): Promise<string | null> =>
  page.locator('[role=treeitem][aria-selected]').first().textContent();
const query = (): URLSearchParams => new URL(page.url()).searchParams;

/** From and to are parts of the width. */
async function drag(timeline: Locator, from: number, to: number): Promise<void> {
  const box = (await timeline.boundingBox())!;
  await page.mouse.move(box.x + box.width * from, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 30, { steps: 4 });
  await page.mouse.up();
}

describe('choosing', () => {
  test('shows the functions of a service at once, the dearest first, and its flame graph', async () => {
    await eventually(() => rows().first().textContent()).toContain('PDOStatement::execute');
    expect(await page.title()).toBe('shop · spybridge');
    expect(await flame().isVisible()).toBe(true);
    await takePicture(page, 'light');
  });

  test('of a service and a profile type changes what is shown, and the address', async () => {
    await page.getByLabel('Profile', { exact: true }).selectOption({ label: 'CPU time' });
    await eventually(() => rowOf('PDOStatement::execute').count()).toBe(0);
    expect(query().get('type')).toMatch(/^process_cpu:cpu:/);
    await page.getByLabel('Service').selectOption('blog');
    await rowOf('wpdb::query').waitFor();
    expect(await page.getByLabel('Profile', { exact: true }).inputValue()).toMatch(/^wall:wall:/);
    await page.goBack();
    await rowOf('App\\Cart\\Cart::total').waitFor();
    expect(await page.getByLabel('Service').inputValue()).toBe('shop');
    await page.goForward();
    await rowOf('wpdb::query').waitFor();
    expect(await page.getByLabel('Service').inputValue()).toBe('blog');
  });

  test('of labels narrows it down', async () => {
    await page.getByLabel('Label', { exact: true }).first().selectOption('uri');
    await page.getByLabel('Value').first().fill('/checkout');
    await page.getByRole('button', { name: 'Add' }).first().click();
    await eventually(() => rowOf('App\\Search\\Index::query').count()).toBe(0);
    expect(query().getAll('label')).toEqual(['uri=/checkout']);
    await page.getByRole('button', { name: 'Remove uri = /checkout' }).click();
    await rowOf('App\\Search\\Index::query').waitFor();
  });

  test('proposes the values that a label has', async () => {
    await page.getByLabel('Label', { exact: true }).first().selectOption('uri');
    await page.getByLabel('Value').first().focus();
    await page.locator('datalist option[value="/cart"]').waitFor({ state: 'attached' });
  });

  test('of a time takes presets, dates and what is relative, and says what is no time', async () => {
    await page.getByLabel('Time', { exact: true }).selectOption({ label: 'Last 15 minutes' });
    await eventually(() => query().get('from')).toBe('now-15m');
    await page.getByLabel('Time', { exact: true }).selectOption({ label: 'Custom…' });
    await page.getByLabel('From').fill('now-30m');
    await page.getByRole('button', { name: 'Apply' }).click();
    await eventually(() => query().get('from')).toBe('now-30m');
    await page.getByLabel('From').fill('2026-02-30 99:00');
    await page.getByRole('button', { name: 'Apply' }).click();
    await eventually(() => page.getByRole('alert').textContent()).toContain('This is no time range');
  });
});

describe('the time line', () => {
  test('selects a span by dragging, and with the keyboard', async () => {
    const before = await rowOf(SLOWED).textContent();
    await drag(page.locator('#side-left .timeline'), 0.1, 0.4);
    await eventually(() => query().get('span')).toMatch(/^\d+-\d+$/);
    await eventually(() => rowOf(SLOWED).textContent()).not.toBe(before);
    const start = page.getByRole('slider', { name: 'Selection starts' }).first();
    const from = Number(await start.getAttribute('aria-valuenow'));
    await start.focus();
    await page.keyboard.press('ArrowRight');
    await eventually(async () => Number(await start.getAttribute('aria-valuenow'))).toBe(from + 20_000);
    await page.keyboard.press('Escape');
    await eventually(() => query().get('span')).toBeNull();
  });

  test('zooms into the selected span', async () => {
    await drag(page.locator('#side-left .timeline'), 0.5, 0.75);
    await page.getByRole('button', { name: 'Make the selected time the whole time line' }).click();
    await eventually(() => query().get('span')).toBeNull();
    expect(Number(query().get('until')) - Number(query().get('from'))).toBeLessThan(1_000_000);
    await rows().first().waitFor();
  });
});

describe('the table of functions', () => {
  test('is sorted by its headings, and says so', async () => {
    await page.getByRole('button', { name: 'Total', exact: true }).click();
    await eventually(() => rows().first().textContent()).toContain('<main> public/index.php');
    const heading = page.getByRole('columnheader', { name: 'Total' });
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(query().get('sort')).toBe('-total');
  });

  test('shows what is searched for, and the flame graph its share', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('cart');
    await eventually(() => rows().count()).toBe(4);
    await eventually(() => page.locator('#found').textContent()).toMatch(/^5 frames, \d+\.\d %$/);
    await takePicture(page, 'search');
  });

  test('is one stop of the tabulator, and walked with the arrow keys', async () => {
    await rows().first().getByRole('button').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const name = await rows().nth(2).getByRole('button').textContent();
    expect(await page.locator(':focus').textContent()).toBe(name);
    await page.keyboard.press('End');
    expect(await page.locator(':focus').textContent()).toBe(
      await rows().last().getByRole('button').textContent(),
    );
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').getAttribute('role')).toBe('tree');
  });

  test('opens a function between its callers and callees', async () => {
    await page.getByTitle('App\\Cart\\Cart::total', { exact: true }).click();
    await flame('Callers').waitFor();
    expect(await flame('Callees').isVisible()).toBe(true);
    expect(query().get('focus')).toBe('App\\Cart\\Cart::total');
    await takePicture(page, 'sandwich');
    await page.getByRole('button', { name: 'Back to all calls' }).click();
    await flame().waitFor();
    await page.goBack();
    await flame('Callers').waitFor();
    await flame('Callees').focus();
    await page.keyboard.press('Escape');
    await flame().waitFor();
    expect(query().get('focus')).toBeNull();
  });
});

describe('the flame graph', () => {
  test('zooms into a frame that is clicked, and out again', async () => {
    const box = (await flame().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + 5 * 20 + 8);
    await eventually(() => page.locator('#tip').textContent()).toContain('CheckoutController::pay');
    await page.mouse.down();
    await page.mouse.up();
    await eventually(() => query().get('zoom')).toMatch(/^[0-9a-z]{25}$/);
    await takePicture(page, 'zoomed');
    await page.getByRole('button', { name: 'Reset zoom' }).click();
    await eventually(() => query().get('zoom')).toBeNull();
  });

  test('is walked with the keyboard, and every frame is told', async () => {
    await flame().focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowRight']) {
      await page.keyboard.press(key);
    }
    const told = await current();
    expect(told).toMatch(/^App\\Http\\\w+::\w+, total .* \(\d+\.\d+ %\), self /);
    const described = await flame().getAttribute('aria-activedescendant');
    expect(await page.locator(`#${described!}`).getAttribute('aria-level')).toBe('6');
    const answered = page.waitForResponse((response) => response.url().endsWith('SelectMergeStacktraces'));
    await page.getByRole('button', { name: 'Refresh' }).click();
    await (await answered).finished();
    await eventually(() => page.locator('#content').getAttribute('aria-busy')).toBe('false');
    expect((await current())!.split(',')[0]).toBe(told!.split(',')[0]);
    await flame().focus();
    await page.keyboard.press('Enter');
    await eventually(() => query().get('zoom')).toHaveLength(25);
    await page.keyboard.press('f');
    await flame('Callers').waitFor();
    expect(told!.startsWith(query().get('focus')!)).toBe(true);
  });

  test('of 20,000 frames is drawn and searched', async () => {
    await page.goto(`${server.url}?service=wide`);
    await eventually(() => page.locator('#functions caption').textContent()).toBe('18260 functions');
    await page.getByLabel('Search functions').fill('call123');
    await eventually(() => page.locator('#found').textContent()).toMatch(/^25 frames/);
    await takePicture(page, 'wide');
  });

  test('of hundreds of rows has room for callers and callees', async () => {
    await page.goto(`${server.url}?service=deep&focus=App%5CTree%5CWalker%3A%3Avisit`);
    await flame('Callers').waitFor();
    const [callers, callees] = [await flame('Callers').boundingBox(), await flame('Callees').boundingBox()];
    expect(callers!.height).toBeGreaterThanOrEqual(20);
    expect(callees!.height).toBeGreaterThan(100);
    await takePicture(page, 'deep');
  });
});

describe('comparing', () => {
  test('two times shows what has become slower', async () => {
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await drag(page.locator('#side-left .timeline'), 0.05, 0.6);
    await eventually(() => query().get('span')).not.toBeNull();
    await drag(page.locator('#side-right .timeline'), 0.7, 0.98);
    await eventually(() => query().get('spanB')).not.toBeNull();
    await eventually(() => rows().first().textContent()).toMatch(/Calculator::quote.*\+\d+ %/);
    expect(await page.getByText('more in B').isVisible()).toBe(true);
    await takePicture(page, 'compare');
    await page.emulateMedia({ colorScheme: 'dark' });
    await takePicture(page, 'compare-dark');
  });

  test('one value of a label with the rest starts from the break-down', async () => {
    await page.getByRole('button', { name: 'By label' }).click();
    const lines = page.locator('#breakdown tbody tr');
    await eventually(() => lines.count()).toBe(6);
    expect(await lines.first().textContent()).toMatch(/^\/checkout/);
    await takePicture(page, 'breakdown');
    await page.getByRole('button', { name: 'Compare the rest with /search' }).click();
    await eventually(() => rowOf('App\\Search\\Index::query').textContent()).toContain('new');
    expect(query().getAll('label')).toEqual(['uri!=/search']);
    expect(query().getAll('labelB')).toEqual(['uri=/search']);
  });

  test('says which side has nothing in it', async () => {
    await page.goto(`${server.url}?service=shop&compare=1&labelB=uri%3D%2Fnowhere`);
    await eventually(() => page.getByRole('alert').textContent()).toContain('No profiles match in B');
    await rowOf('PDOStatement::execute').waitFor();
  });

  test('goes by any label', async () => {
    await page.getByRole('button', { name: 'By label' }).click();
    await page.locator('#breakdown select').selectOption('entrypoint');
    await eventually(() => page.locator('#breakdown tbody th').allTextContents()).toEqual([
      'index.php',
      'admin.php',
    ]);
    await page.getByRole('button', { name: 'Show admin.php alone' }).click();
    await rowOf(HOSTILE_NAME).waitFor();
    await eventually(() => rows().count()).toBe(3);
  });
});

describe('hostile names', () => {
  test('are shown as the text that they are', async () => {
    expect(await rowOf(HOSTILE_NAME).locator('th').textContent()).toBe(HOSTILE_NAME);
    await page.getByTitle(HOSTILE_NAME, { exact: true }).click();
    await page.getByRole('button', { name: 'By label' }).click();
    await page.locator('#breakdown th', { hasText: HOSTILE_LABEL }).waitFor();
    await takePicture(page, 'hostile');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.title()).toBe('shop · spybridge');
  });

  test('that would not be seen, or would turn the text around, are seen', async () => {
    const cell = rows().filter({ hasText: 'unseen' }).locator('th');
    expect(await cell.textContent()).toBe('unseen‹202E›lived‹000A›x');
    await cell.getByRole('button').click();
    await flame('Callers').waitFor();
    expect(query().get('focus')).toBe(UNSEEN_NAME);
  });

  test('that are long leave the button that removes their label where it can be pressed', async () => {
    const long = `/${'long-path/'.repeat(200)}`;
    await page.goto(`${server.url}?service=shop&label=${encodeURIComponent(`uri!=${long}`)}`);
    await rows().first().waitFor();
    await page.getByRole('button', { name: /^Remove uri != \/long-path/ }).click();
    await eventually(() => query().get('label')).toBeNull();
  });
});
