// The built server with its own store, as profefe's users have it: curl-like requests, an import, a crash, go tool pprof.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { BridgeRun } from './support/bridge-run.ts';
import { startBridge } from './support/bridge-run.ts';

const corpus = path.join(import.meta.dirname, '../corpus/pprof');
const CPU = [path.join(corpus, 'cpu-1.pb.gz'), path.join(corpus, 'cpu-2.pb.gz')];
const ALL = 'from=0&to=now';
const folder = mkdtempSync(path.join(tmpdir(), 'serve-'));
const runs: BridgeRun[] = [];
let folders = 0;

afterEach(() => {
  for (const run of runs.splice(0)) run.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): BridgeRun {
  const started = startBridge(args, env);
  runs.push(started);
  return started;
}

async function startServer(
  options: readonly string[],
  data = path.join(folder, `data-${++folders}`),
): Promise<{ run: BridgeRun; url: string; data: string }> {
  const server = run(['serve', '--listen', '0', '--data', data, '--log-format', 'json', ...options]);
  const started = (): string | undefined =>
    server.lines.find(({ event }) => event === 'server_started')?.['url'] as string | undefined;
  await expect.poll(started, { timeout: 20_000 }).toBeDefined();
  return { run: server, url: started()!, data };
}

async function post(url: string, query: string, file: string): Promise<string> {
  const body = readFileSync(file);
  const response = await fetch(`${url}/api/0/profiles?${query}`, { method: 'POST', body });
  const answer = (await response.json()) as { code: number; body: { id: string } };
  expect(answer.code).toBe(200);
  return answer.body.id;
}

const hasGo = ((): boolean => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped: go tool pprof reads what is served (there is no Go here)');
    return false;
  }
})();

describe('spybridge serve', () => {
  test('keeps uploads to the byte, merges them, and ends with 0 on SIGTERM', async () => {
    const { run: server, url, data } = await startServer([]);
    const ids = [
      await post(url, 'service=app&type=cpu', CPU[0]!),
      await post(url, 'service=app&type=cpu', CPU[1]!),
    ];
    for (const [i, id] of ids.entries()) {
      const got = await fetch(`${url}/api/0/profiles/${id}`);
      expect(Buffer.from(await got.arrayBuffer()).equals(readFileSync(CPU[i]!))).toBe(true);
    }
    const merged = await fetch(`${url}/api/0/profiles/merge?service=app&type=cpu&${ALL}`);
    const profile = Profile.decode(gunzipSync(Buffer.from(await merged.arrayBuffer())));
    const expected = JSON.parse(readFileSync(path.join(corpus, 'expected.json'), 'utf8')) as {
      cpu: { samples: number; sums: number[] };
    };
    expect(profile.sample).toHaveLength(expected.cpu.samples);
    const sums = [0, 1].map((column) =>
      profile.sample.reduce((sum, sample) => sum + Number(sample.value[column]), 0),
    );
    expect(sums).toEqual(expected.cpu.sums);
    expect(statSync(data).mode & 0o777).toBe(0o700);
    server.kill('SIGTERM');
    expect(await server.exitCode).toBe(0);
    expect(server.lines.at(-1)?.event).toBe('server_stopped');
  });

  test('has after kill -9 whatever it has answered for', async () => {
    const first = await startServer([]);
    const id = await post(first.url, 'service=app&type=cpu&labels=a=1', CPU[0]!);
    first.run.kill('SIGKILL');
    await first.run.exitCode;
    const { url } = await startServer([], first.data);
    const list = await fetch(`${url}/api/0/profiles?service=app&labels=a=1&${ALL}`);
    expect(((await list.json()) as { body: { id: string }[] }).body.map((profile) => profile.id)).toEqual([
      id,
    ]);
  });

  test('deletes what is older than its retention', async () => {
    const { run: server, data, url } = await startServer(['--retention', '0']);
    await post(url, 'service=app&type=trace&created_at=2020-01-01T00:00:00', CPU[0]!);
    const now = await post(url, 'service=app&type=trace&created_at=now', CPU[0]!);
    server.kill('SIGTERM');
    await server.exitCode;
    const again = await startServer(['--retention', '1h'], data);
    const ids = async (): Promise<unknown> => {
      const list = await fetch(`${again.url}/api/0/profiles?service=app&${ALL}`);
      return ((await list.json()) as { body: { id: string }[] }).body.map(({ id }) => id);
    };
    await expect.poll(ids, { timeout: 30_000 }).toEqual([now]);
  });

  test('asks for tokens, and an import shows them', async () => {
    const token = path.join(folder, 'token');
    writeFileSync(token, 'not-to-be-told\n', { mode: 0o600 });
    const { run: server, url } = await startServer(['--write-token-file', token, '-v']);
    const args = ['import', '--service', 'app', '--type', 'cpu', '--server', url];
    const without = run([...args, CPU[0]!]);
    expect(await without.exitCode).toBe(1);
    expect(without.stderr()).toContain('401 a token is needed to write');
    const importing = run([...args, '--token-file', token, ...CPU]);
    expect(await importing.exitCode).toBe(0);
    expect(importing.stdout().trim().split('\n')).toHaveLength(2);
    expect(server.lines.filter(({ event, status }) => event === 'request' && status === 200)).toHaveLength(2);
    expect(server.stderr() + importing.stderr() + without.stderr()).not.toContain('not-to-be-told');
  });

  test.runIf(hasGo)('answers go tool pprof, asked by its address', async () => {
    const { url } = await startServer([]);
    for (const file of CPU) await post(url, 'service=app&type=cpu', file);
    const merge = `${url}/api/0/profiles/merge?service=app&type=cpu&${ALL}`;
    const text = execFileSync('go', ['tool', 'pprof', '-top', merge], {
      encoding: 'utf8',
      env: { ...process.env, PPROF_TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(text).toContain('Total samples = 2.34s');
    expect(text).toContain('main.checkout');
  });

  test.each([
    [['--listen', 'nowhere'], '--listen nowhere cannot be used'],
    [['--retention', 'never'], '--retention "never" cannot be used'],
    [['--storage', 's3', '--s3-bucket', 'b'], 'There are no credentials for S3.'],
    [['--storage', 'gcs'], '--gcs-bucket is missing.'],
    [['--storage', 'clickhouse'], '--clickhouse-url is missing.'],
    [['--storage', 'clickhouse', '--clickhouse-url', 'nonsense'], '--clickhouse-url: it is no address'],
    [['--data', '/dev/null/x'], '--data /dev/null/x cannot be used'],
    [['--read-token-file', '/none'], '--read-token-file (/none): the file cannot be read'],
  ])('with %j does not start, and says why', async (options, sentence) => {
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const server = run(['serve', '--data', path.join(folder, 'unused'), '--listen', '0', ...options], none);
    expect(await server.exitCode).toBe(78);
    expect(server.stderr()).toContain(sentence);
  });

  test('does not start on a folder that another server has, and does when that one was killed', async () => {
    const first = await startServer([]);
    const second = run(['serve', '--listen', '0', '--data', first.data]);
    expect(await second.exitCode).toBe(78);
    expect(second.stderr()).toContain(`is in use by process ${first.run.pid}`);
    first.run.kill('SIGKILL');
    await first.run.exitCode;
    await startServer([], first.data);
  });

  test('does not start where another server listens', async () => {
    const { url } = await startServer([]);
    const port = new URL(url).port;
    const second = run(['serve', '--listen', port, '--data', path.join(folder, 'second')]);
    expect(await second.exitCode).toBe(78);
    expect(second.stderr()).toContain(`--listen 127.0.0.1:${port} cannot be used`);
  });
});
