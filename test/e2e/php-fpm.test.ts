// Real php-fpm under load, the bundled sampler, the bridge, and a server that keeps sums: what arrives must agree with what
// PHP itself says it did.
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { drive } from '../../examples/load/driver.mjs';
import { startPaymentService } from '../../examples/load/payment-service.mjs';
import type { PhpFpm } from '../../examples/load/php-fpm.mjs';
import { startPhpFpm } from '../../examples/load/php-fpm.mjs';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

const MIXED = path.join(import.meta.dirname, '../fixtures/php/mixed.php');
const RATE_HZ = 99;
const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A copy where FPM's workers may read it: the repository may be private to another user. */
function placeMixed(fpm: PhpFpm): string {
  const copy = path.join(fpm.folder, 'mixed.php');
  copyFileSync(MIXED, copy);
  return copy;
}

async function startServer(): Promise<FakePyroscope> {
  const server = await new FakePyroscope().start();
  cleanups.push(() => server.stop());
  return server;
}

async function startShop(options: { maxRequests?: number } = {}): Promise<PhpFpm> {
  const payment = await startPaymentService(40);
  cleanups.push(() => payment.stop());
  const fpm = await startPhpFpm({ ...options, env: { DEMO_PAYMENT_SERVICE: payment.address } });
  cleanups.push(() => fpm.stop());
  return fpm;
}

/** Waits until the sampler runs. */
async function startProfiling(server: FakePyroscope, args: readonly string[]): Promise<BridgeRun> {
  const run = startBridge(['--pyroscope', server.url, '--app', 'demo', '--log-format', 'json', ...args]);
  cleanups.push(async () => {
    run.kill('SIGKILL');
    await run.exitCode;
  });
  await expect
    .poll(() => run.lines.map(({ event }) => event), { timeout: 10_000 })
    .toContain('sampler_started');
  await pause(300); // the sampler's first look at the processes
  return run;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function stopProfiling(run: BridgeRun): Promise<void> {
  run.kill('SIGTERM');
  expect(await run.exitCode).toBe(143);
  expect(isClosed(run.totals())).toBe(true);
  expect(run.totals()).toMatchObject({ dropped: 0, pending: 0 });
}

/** Four standard deviations of a share among `samples`, and a hundredth for what a tick of the clock costs. */
function tolerance(share: number, samples: number): number {
  return 4 * Math.sqrt((share * (1 - share)) / samples) + 0.01;
}

describe('php-fpm under load', () => {
  test('per-URL shares agree with the time that PHP spent on each URL', async () => {
    const server = await startServer();
    const fpm = await startShop();
    const run = await startProfiling(server, [
      ...['--tag', 'env=dev', '--tag-entrypoint', '--entrypoint', 'index.php'],
      ...['--tag', 'uri={{ "glopeek server.REQUEST_URI" "^([^?]+)\\?.*$" "$1" }}'],
      ...['--', 'sampler', '-P', 'php-fpm', '-H', String(RATE_HZ), '-g', 'server.REQUEST_URI'],
    ]);
    const truths = await drive(fpm, { users: 3, ms: 9_000 });
    await stopProfiling(run);

    const micros = [...truths.values()].reduce((sum, truth) => sum + truth.micros, 0);
    const byUri = server.sums('uri');
    const samples = server.samples;
    expect(Math.abs(samples / ((micros / 1e6) * RATE_HZ) - 1)).toBeLessThan(0.1);
    expect(Object.keys(byUri).sort()).toEqual([...truths.keys()].sort());
    for (const [uri, truth] of truths) {
      const share = truth.micros / micros;
      const difference = Math.abs(byUri[uri]! / samples - share);
      expect(difference, `${uri} has ${byUri[uri]!} of ${samples}, and PHP says ${share}`).toBeLessThan(
        tolerance(share, samples),
      );
    }
    expect(server.sums('env')).toEqual({ dev: samples });
    expect(server.sums('entrypoint')).toEqual({ [`${fpm.folder}/app/public/index.php`]: samples });
    expect(functionsOf(server, '/report')).toContain('Demo\\Report::checksum');
    expect(functionsOf(server, '/checkout')).toContain('fgets');
    expect(functionsOf(server, '/checkout')).not.toContain('Demo\\Report::checksum');
  });

  test('no sample has the URI of one request and the stack of another, without opcache', async () => {
    const server = await startServer();
    const fpm = await startShop();
    const script = placeMixed(fpm);
    const run = await startProfiling(server, [
      ...['--tag', 'n={{ "glopeek server.REQUEST_URI" "^.*n=([0-9]+).*$" "$1" }}'],
      ...['--', 'sampler', '-P', 'php-fpm', '-H', '499', '-g', 'server.REQUEST_URI'],
    ]);
    const mix = Array.from({ length: 97 }, (_, n) => `/mixed/${'x'.repeat(n * 11)}?n=${n}`);
    await drive({ get: (uri) => fpm.get(uri, script) }, { users: 3, mix, ms: 9_000 });
    await stopProfiling(run);

    let checked = 0;
    for (const { stacks } of server.uploads) {
      for (const [key, count] of stacks) {
        const [, n] = /"n":"(\d+)"/.exec(key) ?? [];
        const [, worked] = /;work_(\d+)/.exec(key) ?? [];
        const [, inner] = /;inner_(\d+)/.exec(key) ?? [];
        if (worked === undefined) continue; // before and after the work
        expect(worked).toBe(n);
        if (inner !== undefined) expect(inner).toBe(n);
        checked += count;
      }
    }
    expect(checked).toBeGreaterThan(1_000);
  });

  test('hostile URIs stay one label value each and change no other', async () => {
    const server = await startServer();
    const fpm = await startShop();
    const script = placeMixed(fpm);
    const run = await startProfiling(server, [
      ...['--tag', 'uri={{ "glopeek server.REQUEST_URI" }}', '--tag', 'env=prod'],
      ...['--', 'sampler', '-P', 'php-fpm', '-H', '199', '-g', 'server.REQUEST_URI'],
    ]);
    const hostile = [
      '/a,env=x',
      '/b;c 99',
      '/{}}{',
      '/"quoted"',
      '/new\nline\n\n',
      `/${'long'.repeat(2_560)}`,
    ];
    const mix = hostile.map((uri, i) => `${uri}?n=${i + 1}`);
    await drive({ get: (uri) => fpm.get(uri, script) }, { users: 3, mix, ms: 5_000 });
    await stopProfiling(run);

    expect(server.sums('env')).toEqual({ prod: server.samples });
    const uris = Object.keys(server.sums('uri'));
    expect(uris).toHaveLength(mix.length);
    for (const uri of uris) {
      // eslint-disable-next-line no-control-regex -- they are what must not be there
      expect(uri).not.toMatch(/[\u0000-\u001f]/);
      expect(uri.length).toBeLessThanOrEqual(4096);
    }
    expect(uris.filter((uri) => uri.startsWith('/new\uFFFDline'))).toHaveLength(1);
  });

  test('recycled workers are sampled from birth on', async () => {
    const server = await startServer();
    const fpm = await startShop({ maxRequests: 10 });
    const run = await startProfiling(server, ['--', 'sampler', '-P', 'php-fpm', '-H', String(RATE_HZ)]);
    const truths = await drive(fpm, { users: 3, ms: 6_000 });
    await stopProfiling(run);

    const truth = [...truths.values()];
    const micros = truth.reduce((sum, { micros }) => sum + micros, 0);
    expect(truth.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThan(50); // workers came and went
    expect(server.samples / ((micros / 1e6) * RATE_HZ)).toBeGreaterThan(0.9);
  });
});

function functionsOf(server: FakePyroscope, uri: string): string[] {
  const keys = server.uploads.flatMap(({ stacks }) => [...stacks.keys()]);
  const wanted = keys.filter((key) => key.includes(`"uri":${JSON.stringify(uri)}`));
  return [...new Set(wanted.flatMap((key) => key.slice(key.indexOf('\n') + 1).split(';')))];
}
