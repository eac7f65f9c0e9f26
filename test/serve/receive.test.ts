// Clients that send slowly, and clients that don't read: nobody else may notice.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makePprof } from '../fixtures/pprof-samples.ts';
import { BOUNDS, serve } from '../fixtures/served.ts';
import type { Served } from '../fixtures/served.ts';

const PPROF = makePprof({ samples: [{ stack: 'main;work', values: [5] }] });
const WAIT = { timeout: 20_000 };
const MIB = 1_048_576;

/** A connection that has sent these bytes and sends no more. */
async function stall({ port }: Served, head: string, bytes = 0): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    socket.write(`${head}\r\nHost: localhost\r\n\r\n`);
    socket.write(Buffer.alloc(bytes, 'x'), () => {
      resolve();
    });
  });
  return socket;
}

async function upload({ url }: Served, body: Uint8Array, type = 'cpu'): Promise<Response> {
  return fetch(`${url}/api/0/profiles?service=s&type=${type}`, { method: 'POST', body: Buffer.from(body) });
}

async function held({ url }: Served): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^spybridge_http_requests_running (\d+)$/m.exec(text)?.[1]) - 1;
}

describe('bodies that come slowly', () => {
  test.each(['Content-Length: 1000', 'Content-Length: 900000', 'Transfer-Encoding: chunked'])(
    '(%s) take no place of others',
    async (header) => {
      const served = await serve({ maxRunning: 1 });
      for (let i = 0; i < 3; i++) await stall(served, `POST /ingest?name=x HTTP/1.1\r\n${header}`);
      await expect.poll(() => held(served), WAIT).toBe(3);
      expect((await upload(served, PPROF)).status).toBe(200);
      expect((await fetch(`${served.url}/api/0/services`)).status).toBe(200);
    },
  );

  test('are held within a bound, and small ones pass when it is reached', async () => {
    const served = await serve({ maxRunning: 1 });
    const head = `POST /ingest?name=x HTTP/1.1\r\nContent-Length: ${BOUNDS.bodyBytes}`;
    const slow = await stall(served, head, BOUNDS.bodyBytes - 10);
    const large = Buffer.alloc(BOUNDS.bodyBytes - 10);
    await expect.poll(async () => (await upload(served, large, 'trace')).status, WAIT).toBe(503);
    expect((await upload(served, PPROF)).status).toBe(200);
    slow.destroy();
    await expect.poll(async () => (await upload(served, large, 'trace')).status, WAIT).toBe(200);
  }, 60_000);
});

test('an answer that nobody reads is given up', async () => {
  const bounds = { ...BOUNDS, bodyBytes: 48 * MIB };
  const served = await serve({ bounds, unreadTimeoutMs: 100 });
  const answer = (await (await upload(served, Buffer.alloc(47 * MIB), 'trace')).json()) as {
    body: { id: string };
  };
  const socket = await stall(served, `GET /api/0/profiles/${answer.body.id} HTTP/1.1`);
  socket.pause();
  await expect.poll(() => held(served), WAIT).toBe(0);
  // A byte now and then finds out; they are fewer than what keeps a connection alive.
  const isGone = (): boolean => socket.destroyed || (socket.write('\n'), false);
  await expect.poll(isGone, { timeout: 20_000, interval: 1_000 }).toBe(true);
}, 30_000);

test('answers that nobody reads are held within a bound: queries wait then, uploads do not', async () => {
  const bounds = { ...BOUNDS, bodyBytes: 48 * MIB };
  const served = await serve({ bounds, unreadBytes: MIB });
  const answer = (await (await upload(served, Buffer.alloc(47 * MIB), 'trace')).json()) as {
    body: { id: string };
  };
  const socket = await stall(served, `GET /api/0/profiles/${answer.body.id} HTTP/1.1`);
  socket.pause();
  const services = async (): Promise<number> => (await fetch(`${served.url}/api/0/services`)).status;
  await expect.poll(services, WAIT).toBe(503);
  expect((await upload(served, PPROF)).status).toBe(200);
  socket.destroy();
  await expect.poll(services, WAIT).toBe(200);
}, 30_000);

test('a body that is too large is counted', async () => {
  const served = await serve();
  expect((await upload(served, Buffer.alloc(2 * MIB))).status).toBe(413);
  const metrics = await (await fetch(`${served.url}/metrics`)).text();
  expect(metrics).toContain('spybridge_http_requests_refused_total{reason="body"} 1');
});
