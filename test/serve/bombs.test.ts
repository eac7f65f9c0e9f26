// Bodies that burst when they are unpacked, many at once.
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { BOUNDS, serve } from '../fixtures/served.ts';

const MIB = 1_048_576;
const TOGETHER = 8;

test.each([
  ['/ingest?name=x', 'text/plain'],
  ['/push.v1.PusherService/Push', 'application/proto'],
])(
  'sent to %s are refused, and never held whole',
  async (path, type) => {
    const rawBytes = 64 * MIB;
    const { url } = await serve({ bounds: { ...BOUNDS, rawBytes } });
    const body = gzipSync(Buffer.alloc(200 * MIB));
    const headers = { 'content-type': type, 'content-encoding': 'gzip' };
    const send = async (): Promise<number> =>
      (await fetch(url + path, { method: 'POST', body, headers })).status;
    expect(await send()).toBe(413);
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 1);
    const statuses = await Promise.all(Array.from({ length: TOGETHER }, send));
    clearInterval(watch);
    expect(statuses).toEqual(Array.from({ length: TOGETHER }, () => 413));
    expect(most).toBeLessThan((TOGETHER * rawBytes) / 2);
  },
  60_000,
);
