import { writeFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { Fault } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

const URI_TAG = 'uri={{ "glopeek server.REQUEST_URI" "^([^?]+)\\?.*$" "$1" }}';
const folder = mkdtempSync(path.join(tmpdir(), 'delivery-'));
const capture = path.join(folder, 'fpm.txt');
const runs: BridgeRun[] = [];
let server: FakePyroscope;
let expectedByUri: Record<string, number>;

beforeAll(() => {
  const corpus = path.join(import.meta.dirname, '../corpus/phpspy/fpm-request-uri.txt.gz');
  const text = gunzipSync(readFileSync(corpus)).toString('utf8');
  writeFileSync(capture, text);
  expectedByUri = countByUri(text);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  for (const run of runs.splice(0)) run.kill('SIGKILL');
  await server.stop();
});

/** A plain reading of the capture: samples per URI without its query. */
function countByUri(text: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const block of text.split('\n\n').filter((part) => part.trim() !== '')) {
    const uri = /^# glopeek server\.REQUEST_URI = ([^?\n]*)/m.exec(block)?.[1] ?? '';
    sums[uri] = (sums[uri] ?? 0) + 1;
  }
  return sums;
}

async function bridge(options: readonly string[], sampler: readonly string[]): Promise<BridgeRun> {
  const given = [
    '--pyroscope',
    server.url,
    '--app',
    'demo',
    '--tag',
    'env=dev',
    '--tag',
    URI_TAG,
    ...options,
  ];
  const run = startBridge([...given, '--log-format', 'json', '-v', '--', ...sampler]);
  runs.push(run);
  await Promise.resolve();
  return run;
}

describe('a recorded stream of phpspy', () => {
  test('is delivered label by label, as a plain reading counts it', async () => {
    server = await new FakePyroscope().start();
    const run = await bridge(['--tag-entrypoint', '--sample-rate', '199'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(server.sums('uri')).toEqual(expectedByUri);
    expect(server.sums('env')).toEqual({ dev: 2_500 });
    expect(server.sums('service_name')).toEqual({ demo: 2_500 });
    expect(server.sums('__name__')).toEqual({ wall: 2_500 });
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 2_500, pending: 0, dropped: 0 });
  });

  test('counts what an entry point pattern leaves out, and what has lost its root', async () => {
    server = await new FakePyroscope().start();
    const run = await bridge(['--entrypoint', 'nothing.php'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    const totals = run.totals();
    expect(totals.received).toBe(2_500);
    expect(totals.filtered + (totals.droppedBy?.['rootless'] ?? 0)).toBe(2_500);
    expect(totals.droppedBy?.['rootless']).toBeGreaterThan(0);
    expect(server.samples).toBe(0);
  });

  test('goes to /ingest where the server has no push, one request per label set', async () => {
    server = await new FakePyroscope().start();
    server.fault = ({ path: asked }) => (asked.startsWith('/push') ? { status: 404 } : undefined);
    const run = await bridge(['--pyroscope-auth', 'secret-token'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    const escaped = Object.entries(expectedByUri).map(([uri, n]) => [
      uri.replace(/[,{}]/g, encodeURIComponent),
      n,
    ]);
    expect(server.sums('uri')).toEqual(Object.fromEntries(escaped));
    expect(server.uploads.every(({ labels }) => labels['service_name'] === 'demo.wall')).toBe(true);
    expect(server.headers.every(({ authorization }) => authorization === 'Bearer secret-token')).toBe(true);
    expect(run.stderr()).not.toContain('secret-token');
    expect(run.lines.filter(({ event }) => event === 'api_fallback')).toHaveLength(1);
    expect(new Set(server.uploads.map(({ timeNanos }) => timeNanos)).size).toBe(server.uploads.length);
  });
});

describe('accounting closes', () => {
  const twice = (fault: Fault) => (request: { count: number }) => (request.count < 2 ? fault : undefined);

  test.each([
    ['429 for a while', twice({ status: 429, headers: { 'retry-after': '1' } })],
    ['500 for a while', twice({ status: 500 })],
    ['connections that are cut', twice('reset')],
    ['a server that does not answer', twice('hang')],
  ])('with %s, and everything arrives once', async (_, fault) => {
    server = await new FakePyroscope().start();
    server.fault = fault;
    const run = await bridge(['--pyroscope-timeout', '500ms'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(server.sums('uri')).toEqual(expectedByUri);
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 2_500, dropped: 0, pending: 0 });
  });

  test('with a server that is down and comes back', async () => {
    server = await new FakePyroscope().start();
    await server.stop();
    const run = await bridge([], ['cat', capture]);
    await expect
      .poll(() => run.lines.some(({ event }) => event === 'retrying'), { timeout: 10_000 })
      .toBe(true);
    await server.start();
    expect(await run.exitCode).toBe(0);
    expect(server.sums('uri')).toEqual(expectedByUri);
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 2_500, dropped: 0, pending: 0 });
  });

  test('with a server that takes small bodies only: batches are split until they fit', async () => {
    server = await new FakePyroscope().start();
    server.fault = ({ upload }) =>
      upload !== undefined && upload.rawBytes > 40_000 ? { status: 413 } : undefined;
    const run = await bridge([], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(server.sums('uri')).toEqual(expectedByUri);
    expect(new Set(server.uploads.map(({ timeNanos }) => timeNanos)).size).toBe(server.uploads.length);
    expect(run.totals()).toMatchObject({ delivered: 2_500, dropped: 0 });
  });

  test('with a poisoned sample, which costs itself and not its batch', async () => {
    server = await new FakePyroscope().start();
    const poisoned = path.join(folder, 'poisoned.txt');
    writeFileSync(poisoned, `${readFileSync(capture, 'utf8')}0 poison /x.php:1\n1 <main> /i.php:1\n\n`);
    server.fault = ({ upload }) =>
      [...(upload?.stacks.keys() ?? [])].some((key) => key.endsWith('poison'))
        ? { status: 400, body: 'no' }
        : undefined;
    const run = await bridge([], ['cat', poisoned]);
    expect(await run.exitCode).toBe(0);
    expect(server.samples).toBe(2_500);
    expect(run.totals()).toMatchObject({
      received: 2_501,
      delivered: 2_500,
      dropped: 1,
      droppedBy: { rejected: 1 },
    });
  });

  test('with a server that takes nothing: the search for poison ends and all is counted', async () => {
    server = await new FakePyroscope().start();
    server.fault = () => ({ status: 400, body: 'never' });
    const run = await bridge([], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 0, dropped: 2_500, pending: 0 });
    expect(server.requests).toBeLessThan(70);
  });

  test('with SIGTERM in mid-window: the last window is sent', async () => {
    server = await new FakePyroscope().start();
    const run = await bridge([], ['sh', '-c', `cat ${capture}; sleep 60`]);
    await expect.poll(() => run.lines.some(({ event }) => event === 'sampler_started')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    run.kill('SIGTERM');
    expect(await run.exitCode).toBe(143);
    expect(server.sums('uri')).toEqual(expectedByUri);
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 2_500, pending: 0 });
  });

  test('with a server that stays down at the end: the loss is told', async () => {
    server = await new FakePyroscope().start();
    await server.stop();
    const run = await bridge(['--shutdown-timeout', '300ms'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(run.totals()).toMatchObject({
      received: 2_500,
      delivered: 0,
      droppedBy: { shutdown: 2_500 },
      pending: 0,
    });
    expect(run.lines.some(({ event, level }) => event === 'lost_at_stop' && level === 'error')).toBe(true);
  });

  test.each(['always', 'onerror'])(
    'with a sampler that crashes again and again under --restart %s',
    async (policy) => {
      server = await new FakePyroscope().start();
      const script = `printf '0 f /a:1\\n1 <main> /i.php:1\\n\\n0 torn /a:1\\n'; exit 3`;
      const run = await bridge(['--restart', policy], ['sh', '-c', script]);
      await expect
        .poll(() => run.lines.filter(({ event }) => event === 'sampler_failed').length, { timeout: 10_000 })
        .toBe(3);
      run.kill('SIGTERM');
      expect(await run.exitCode).toBe(143);
      const totals = run.totals();
      expect(isClosed(totals)).toBe(true);
      expect(totals.delivered).toBe(server.samples);
      expect(totals.droppedBy?.['torn']).toBe(totals.delivered);
    },
  );

  test("with --restart no: the sampler's own exit code is passed on", async () => {
    server = await new FakePyroscope().start();
    expect(await (await bridge([], ['sh', '-c', 'exit 7'])).exitCode).toBe(7);
    expect(await (await bridge(['--restart', 'onsuccess'], ['sh', '-c', 'exit 9'])).exitCode).toBe(9);
    expect(await (await bridge([], ['sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
  });
});
