import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageFiles } from '../../src/serve/page-files.ts';

const root = mkdtempSync(path.join(tmpdir(), 'page-files-'));
const folder = path.join(root, 'page');
let app: ReturnType<typeof pageFiles>;

beforeAll(() => {
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(root, 'secret.txt'), 'secret');
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'assets/index-abc.js'), 'start()');
  symlinkSync(path.join(root, 'secret.txt'), path.join(folder, 'link.txt'));
  app = pageFiles(folder);
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

const get = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  app.request(url, { headers });

describe('the files of the page', () => {
  test('are the page at the root, and what it needs', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect(await page.text()).toBe('<!doctype html>');
    const script = await get('/assets/index-abc.js');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toContain('immutable');
  });

  test('let nothing from elsewhere in, nothing inline, and no text become HTML', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  test('are sent once', async () => {
    const etag = (await get('/')).headers.get('etag')!;
    const again = await get('/', { 'if-none-match': `"other", ${etag}` });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect((await get('/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('are gzipped for who takes it', async () => {
    const page = await get('/', { 'accept-encoding': 'br, gzip' });
    expect(page.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await page.arrayBuffer()).toString()).toBe('<!doctype html>');
  });

  test('answer HEAD without a body', async () => {
    const page = await app.request('/', { method: 'HEAD' });
    expect(page.status).toBe(200);
    expect(await page.text()).toBe('');
  });

  test('are all that there is: no path leads out of the folder', async () => {
    const tricks = [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
      '/assets/..%5c..%5csecret.txt',
      '//secret.txt',
      '/link.txt',
      '/assets',
      '/assets/',
      '/index.html%00.js',
    ];
    for (const trick of tricks) expect((await get(trick)).status, trick).toBe(404);
  });

  test('leave other paths and methods to others', async () => {
    expect((await get('/ready')).status).toBe(404);
    expect((await app.request('/', { method: 'POST' })).status).toBe(404);
  });

  test('must have been built', () => {
    expect(() => pageFiles(path.join(root, 'none'))).toThrow(/ENOENT/);
  });
});
