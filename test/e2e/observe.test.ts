import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import { startBridge } from './support/bridge-run.ts';
import type { BridgeRun } from './support/bridge-run.ts';

let run: BridgeRun;
let server: FakePyroscope;

afterEach(async () => {
  run.kill('SIGKILL');
  await server.stop();
});

async function freePort(): Promise<number> {
  const probe = await new FakePyroscope().start();
  const { port } = new URL(probe.url);
  await probe.stop();
  return Number(port);
}

async function start(listen: string): Promise<void> {
  server = await new FakePyroscope().start();
  const sampler = [
    'sh',
    '-c',
    `printf '0 f /a:1\\n1 <main> /i.php:1\\n\\n0 torn /a:1\\n5 x /a:1\\n\\n'; exec sleep 60`,
  ];
  const options = [
    '--pyroscope',
    server.url,
    '--app',
    'a',
    '--http-listen',
    listen,
    '--flush-interval',
    '200ms',
  ];
  run = startBridge([...options, '--', ...sampler]);
}

describe('--http-listen', () => {
  test('serves metrics whose accounting closes, health and readiness', async () => {
    const port = await freePort();
    await start(String(port));
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
    const read = async (): Promise<string> => (await get('/metrics')).text();
    await expect
      .poll(() => read().catch(() => ''), { timeout: 10_000 })
      .toContain('spybridge_samples_delivered_total 1');
    const text = await read();
    const metric = (name: string): number =>
      Number(new RegExp(`^spybridge_${name} (\\d+)$`, 'm').exec(text)?.[1]);
    expect(metric('samples_received_total')).toBe(2);
    expect(metric('samples_pending')).toBe(0);
    expect(text).toContain('spybridge_samples_dropped_total{reason="torn"} 1');
    expect(text).toContain('spybridge_sampler_up 1');
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/else')).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  test.each(['nonsense', '127.0.0.1:99999', 'a:b:1'])(
    'refuses the address %s with a sentence',
    async (listen) => {
      await start(listen);
      expect(await run.exitCode).toBe(78);
      expect(run.stderr()).toContain(`--http-listen ${listen}`);
    },
  );

  test('refuses an address that is taken', async () => {
    const other = await new FakePyroscope().start();
    const { host } = new URL(other.url);
    await start(host);
    expect(await run.exitCode).toBe(78);
    expect(run.stderr()).toContain('EADDRINUSE');
    await other.stop();
  });
});

test('a second TERM ends a sampler that ignores the first, and tells what is lost and what lies in the spool', async () => {
  server = await new FakePyroscope().start();
  server.fault = () => ({ status: 503 });
  const spool = mkdtempSync(path.join(tmpdir(), 'quit-'));
  const sampler = [
    'sh',
    '-c',
    `trap '' TERM; printf '0 f /a:1\\n\\n0 g /a:1\\n\\n'; while :; do sleep 0.1; done`,
  ];
  const options = ['--pyroscope', server.url, '--app', 'a', '--spool', spool, '--flush-interval', '200ms'];
  run = startBridge([...options, '--', ...sampler]);
  const events = (): unknown[] => run.lines.map(({ event }) => event);
  await expect.poll(events, { timeout: 10_000 }).toContain('retrying');
  const pid = Number(run.lines.find(({ event }) => event === 'sampler_started')?.['pid']);
  run.kill('SIGTERM');
  await expect.poll(events, { timeout: 10_000 }).toContain('stopping');
  run.kill('SIGTERM');
  expect(await run.exitCode).toBe(143);
  expect(run.lines.at(-1)).toMatchObject({ event: 'quit', lost: 0, spooled: 2 });
  await expect.poll(() => existsSync(`/proc/${pid}/exe`), { timeout: 5_000 }).toBe(false);
  rmSync(spool, { recursive: true });
});

test('a log that cannot be written costs its lines, not the samples', async () => {
  server = await new FakePyroscope().start();
  run = startBridge(['--help']);
  const program = path.join(import.meta.dirname, '../../bin/spybridge.js');
  const sampler = `printf '0 f /a:1\\n\\n0 g /a:1\\n\\n'; sleep 0.5`;
  for (const format of ['json', 'pretty']) {
    const command = `exec node ${program} --pyroscope ${server.url} --app a --log-format ${format} -vv -- sh -c "${sampler}" 2>/dev/full`;
    const { exitCode } = await execa('sh', ['-c', command], { reject: false });
    expect(exitCode).toBe(0);
  }
  expect(server.samples).toBe(4);
});

test('USR2 delivers the open window at once, USR1 opens no inspector, INT ends with 130', async () => {
  server = await new FakePyroscope().start();
  const sampler = ['sh', '-c', `printf '0 f /a:1\\n1 <main> /i.php:1\\n\\n'; exec sleep 60`];
  run = startBridge(['--pyroscope', server.url, '--app', 'a', '--', ...sampler]);
  await expect.poll(() => run.lines.some(({ event }) => event === 'sampler_started')).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(server.samples).toBe(0);
  run.kill('SIGUSR1');
  run.kill('SIGUSR2');
  await expect.poll(() => server.samples).toBe(1);
  expect(run.stderr()).not.toContain('Debugger');
  run.kill('SIGINT');
  expect(await run.exitCode).toBe(130);
});
