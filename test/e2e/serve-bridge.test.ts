// The bridge without --pyroscope: its samples are in a store of its own, whole, and the server in its process shows them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

const URI_TAG = 'uri={{ "glopeek server.REQUEST_URI" "^([^?]+)\\?.*$" "$1" }}';
const SAMPLES = 2_500;
const folder = mkdtempSync(path.join(tmpdir(), 'serve-bridge-'));
const capture = path.join(folder, 'fpm.txt');
const runs: BridgeRun[] = [];
let folders = 0;
let countsByUri: Readonly<Record<string, number>>;

beforeAll(() => {
  const corpus = path.join(import.meta.dirname, '../corpus/phpspy/fpm-request-uri.txt.gz');
  const text = gunzipSync(readFileSync(corpus)).toString('utf8');
  writeFileSync(capture, text);
  const counts: Record<string, number> = {};
  for (const block of text.split('\n\n').filter((part) => part.trim() !== '')) {
    const uri = /^# glopeek server\.REQUEST_URI = ([^?\n]*)/m.exec(block)?.[1] ?? '';
    counts[uri] = (counts[uri] ?? 0) + 1;
  }
  countsByUri = counts;
});
afterEach(() => {
  for (const run of runs.splice(0)) run.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(args: readonly string[]): BridgeRun {
  const started = startBridge(args);
  runs.push(started);
  return started;
}

function bridge(options: readonly string[], sampler: readonly string[]): { bridge: BridgeRun; data: string } {
  const data = path.join(folder, `data-${++folders}`);
  const given = [
    '--listen',
    '0',
    '--data',
    data,
    '--log-format',
    'json',
    '--tag',
    'env=dev',
    '--tag',
    URI_TAG,
  ];
  return { bridge: run([...given, ...options, '--', ...sampler]), data };
}

async function urlOf(started: BridgeRun): Promise<string> {
  const url = (): unknown => started.lines.find(({ event }) => event === 'server_started')?.['url'];
  await expect.poll(url, { timeout: 20_000 }).toBeDefined();
  return url() as string;
}

/** Samples per value of a label, as the stored profiles tell: their values by their period. */
async function samplesBy(url: string, service: string, label: string): Promise<Record<string, number>> {
  const path = `/api/0/profiles/merge?service=${service}&type=wall&from=0&to=now%2B1h`;
  const profile = Profile.decode(gunzipSync(Buffer.from(await (await fetch(`${url}${path}`)).arrayBuffer())));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? '';
  const counts: Record<string, number> = {};
  for (const sample of profile.sample) {
    const value = sample.label.find(({ key }) => text(key) === label);
    const name = value === undefined ? '' : text(value.str);
    counts[name] = (counts[name] ?? 0) + Number(sample.value[0]) / Number(profile.period);
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Math.round(count)]));
}

async function serveAgain(data: string): Promise<string> {
  return urlOf(run(['serve', '--listen', '0', '--data', data, '--log-format', 'json']));
}

describe('a bridge without --pyroscope', () => {
  test('keeps every sample with its tags; they are there after it has ended', async () => {
    const { bridge: started, data } = bridge(['--app', 'shop', '--sample-rate', '100'], ['cat', capture]);
    expect(await started.exitCode).toBe(0);
    const totals = started.totals();
    expect(isClosed(totals)).toBe(true);
    expect(totals).toMatchObject({ received: SAMPLES, delivered: SAMPLES, dropped: 0, pending: 0 });
    const url = await serveAgain(data);
    expect(await samplesBy(url, 'shop', 'uri')).toEqual(countsByUri);
    const list = await fetch(`${url}/api/0/profiles?service=shop&from=0&to=now%2B1h&labels=env=dev`);
    expect(list.status).toBe(200);
  });

  test('shows them while it runs, at the address that its log tells', async () => {
    const { bridge: started } = bridge(
      ['--flush-interval', '200ms', '--stats-interval', '100ms'],
      ['sh', '-c', `cat ${capture}; sleep 60`],
    );
    const url = await urlOf(started);
    const received = (): unknown =>
      started.lines.findLast(({ event }) => event === 'statistics')?.['received'];
    await expect.poll(received, { timeout: 20_000 }).toBe(SAMPLES);
    const services = async (): Promise<unknown> => (await fetch(`${url}/api/0/services`)).json();
    await expect.poll(services, { timeout: 10_000 }).toEqual({ code: 200, body: ['php'] });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    started.kill('SIGTERM');
    expect(await started.exitCode).toBe(143);
    expect(started.totals()).toMatchObject({ received: SAMPLES, delivered: SAMPLES, pending: 0 });
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
  });

  test('does not start where somebody listens, and names the way to deliver there', async () => {
    const { bridge: first } = bridge([], ['sleep', '60']);
    const { port } = new URL(await urlOf(first));
    const { bridge: second } = bridge(['--listen', port], ['true']);
    expect(await second.exitCode).toBe(78);
    expect(second.stderr()).toContain(`--listen 127.0.0.1:${port} cannot be used`);
    expect(second.stderr()).toContain('give --pyroscope http://');
  });
});
