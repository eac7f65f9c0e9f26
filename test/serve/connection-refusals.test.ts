import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { countConnectionRefusals } from '../../src/serve/connection-refusals.ts';

async function listen(answer: RequestListener): Promise<{ server: Server; refusals: string[] }> {
  const server = createServer(answer);
  const refusals: string[] = [];
  countConnectionRefusals(server, (reason) => refusals.push(reason));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, refusals };
}

function open(server: Server): Socket {
  return connect((server.address() as AddressInfo).port, '127.0.0.1');
}

function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(text);
    });
  });
}

test('connections over the number are dropped and counted', async () => {
  const { server, refusals } = await listen((_, response) => response.end('ok'));
  server.maxConnections = 1;
  const first = open(server);
  await new Promise((resolve) => first.once('connect', resolve));
  expect(await readAll(open(server))).toBe('');
  expect(refusals).toEqual(['connections']);
  first.destroy();
});

test('what follows an answer that has begun is cut off, without a second answer in it', async () => {
  const { server, refusals } = await listen((_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('begun');
  });
  const socket = open(server);
  const all = readAll(socket);
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  socket.once('data', () => socket.write('no chunk\r\n'));
  const text = await all;
  expect(text.startsWith('HTTP/1.1 200')).toBe(true);
  expect(text.endsWith('begun')).toBe(true);
  expect(refusals).toEqual(['not_http']);
});

test('a client that resets its connection is none that was refused', async () => {
  const { server, refusals } = await listen(() => undefined);
  const socket = open(server);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await new Promise((resolve) => server.once('request', resolve));
  socket.resetAndDestroy();
  await expect.poll(() => new Promise((resolve) => { server.getConnections((_, count) => { resolve(count); }); })).toBe(0); // prettier-ignore
  expect(refusals).toEqual([]);
});
