// Serves the web page: the few files of its build, held in memory by their exact paths, so that no request names a file of the disk.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { ServeEnv } from './context.ts';

interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything comes from here, nothing is inline, and no text can become HTML or a script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Files of the build that have a hash in their name never change. */
const FOREVER = 'public, max-age=31536000, immutable';

/**
 * GET and HEAD of `/` and of what is in the folder; other paths are left to others. Throws where the folder cannot be read.
 * The files hold no secrets: they are to be served without a token, since the page asks for it.
 */
export function pageFiles(folder: string): Hono<ServeEnv> {
  const files = readFiles(folder);
  const app = new Hono<ServeEnv>();
  app.get('/*', async (context, next) => {
    const file = files.get(context.req.path === '/' ? '/index.html' : context.req.path);
    if (file === undefined) {
      await next();
      return;
    }
    return answer(context, file);
  });
  return app;
}

function readFiles(folder: string): ReadonlyMap<string, PageFile> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [`/${path.relative(folder, file).split(path.sep).join('/')}`, readFile(file)];
      }),
  );
}

function readFile(file: string): PageFile {
  const bytes = Uint8Array.from(readFileSync(file));
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  // Weak: it names the content, plain and gzipped.
  return { bytes, gzipped: Uint8Array.from(gzipSync(bytes)), type, etag: `W/"${hash}"` };
}

function answer(context: Context, { bytes, gzipped, type, etag }: PageFile): Response {
  const isHashed = context.req.path.startsWith('/assets/');
  const headers: Record<string, string> = {
    etag,
    vary: 'accept-encoding',
    'cache-control': isHashed ? FOREVER : 'no-cache',
    'content-security-policy': POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  if (isKnown(context.req.header('if-none-match'), etag)) return context.body(null, 304, headers);
  headers['content-type'] = type;
  if (!/\bgzip\b/.test(context.req.header('accept-encoding') ?? '')) return context.body(bytes, 200, headers);
  headers['content-encoding'] = 'gzip';
  return context.body(gzipped, 200, headers);
}

function isKnown(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((tag) => ['*', etag, etag.slice(2)].includes(tag.trim()));
}
