import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

let folder: string;
let server: FakePyroscope;
let run: BridgeRun;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'reload-'));
  server = await new FakePyroscope().start();
});

afterEach(async () => {
  run.kill('SIGKILL');
  await server.stop();
  rmSync(folder, { recursive: true });
});

const ENDLESS = [
  'sh',
  '-c',
  `while :; do printf '0 f /a.php:1\\n1 <main> /a.php:1\\n# uri = /one\\n\\n0 g /b.php:1\\n1 <main> /b.php:1\\n# uri = /two\\n\\n'; sleep 0.01; done`,
];

function start(config: string, flags: readonly string[] = ['--flush-interval', '200ms']): void {
  writeFileSync(path.join(folder, 'spybridge.yaml'), `app: demo\n${config}`);
  const options = ['--config', path.join(folder, 'spybridge.yaml'), ...flags];
  run = startBridge(['--pyroscope', server.url, ...options, '--', ...ENDLESS]);
}

async function reload(config: string, event: string): Promise<void> {
  writeFileSync(path.join(folder, 'spybridge.yaml'), /^app:/m.test(config) ? config : `app: demo\n${config}`);
  run.kill('SIGHUP');
  await expect.poll(() => run.lines.map((line) => line.event), { timeout: 10_000 }).toContain(event);
}

describe('SIGHUP', () => {
  test('puts new tags, entry points and log level in force and loses nothing', async () => {
    start('tag: [env=old]\n');
    await expect.poll(() => server.sums('env')['old'] ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    await reload(`tag: [env=new, 'uri={{ "uri" }}']\nentrypoint: [b.php]\nlog-level: debug\n`, 'reloaded');
    await expect.poll(() => server.sums('uri')['/two'] ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => run.lines.map((line) => line.event), { timeout: 10_000 }).toContain('delivered');
    run.kill('SIGTERM');
    expect(await run.exitCode).toBe(143);
    expect(isClosed(run.totals())).toBe(true);
    expect(run.totals()).toMatchObject({ dropped: 0, pending: 0 });
    expect(run.totals().filtered).toBeGreaterThan(0);
    expect(Object.keys(server.sums('uri')).sort()).toEqual(['', '/two']);
    expect(Object.keys(server.sums('env')).sort()).toEqual(['new', 'old']);
  });

  test('leaves samples that were read before it their tags, and the application its name', async () => {
    start('tag: [env=old]\nflush-interval: 60s\n', []);
    await expect
      .poll(() => run.lines.map((line) => line.event), { timeout: 10_000 })
      .toContain('sampler_started');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await reload('tag: [env=new]\nflush-interval: 60s\napp: other\n', 'reloaded');
    await new Promise((resolve) => setTimeout(resolve, 300));
    run.kill('SIGTERM');
    expect(await run.exitCode).toBe(143);
    expect(server.sums('env')['old']).toBeGreaterThan(0);
    expect(server.sums('env')['new']).toBeGreaterThan(0);
    expect(Object.keys(server.sums('service_name'))).toEqual(['demo']);
  });

  test('with a wrong configuration changes nothing and says what is wrong', async () => {
    start('tag: [env=old]\n');
    await expect.poll(() => server.sums('env')['old'] ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    await reload(`tag: ['uri={{ "uri" "(" "" }}']\n`, 'reload_failed');
    const before = server.samples;
    await expect.poll(() => server.samples, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(Object.keys(server.sums('env'))).toEqual(['old']);
    expect(run.lines.find((line) => line.event === 'reload_failed')?.['reason']).toMatch(/uri/);
  });
});

describe('--require-healthy', () => {
  test('starts nothing and exits with 69 while the server cannot be reached', async () => {
    const { url } = server;
    await server.stop();
    const witness = path.join(folder, 'started');
    run = startBridge(['--pyroscope', url, '--app', 'demo', '--require-healthy', '--', 'touch', witness]);
    expect(await run.exitCode).toBe(69);
    expect(run.stderr()).toMatch(/is not ready: connection refused.*\n.*leave out --require-healthy/);
    expect(existsSync(witness)).toBe(false);
  });

  test('goes on with a server that is ready', async () => {
    run = startBridge(['--pyroscope', server.url, '--app', 'demo', '--require-healthy', '--', 'true']);
    expect(await run.exitCode).toBe(0);
  });
});
