import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { Config } from '../../src/config/config.ts';
import type { Source } from '../../src/config/sources.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'config-'));
const file = path.join(folder, 'spybridge.yaml');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function flags(given: Readonly<Record<string, string | readonly string[]>>): Source {
  return new Map(
    Object.entries(given).map(
      ([name, value]) => [name, { texts: [value].flat(), origin: `--${name}` }] as const,
    ),
  );
}

function fromFile(text: string, env: Readonly<Record<string, string>> = {}): Config {
  writeFileSync(file, text);
  return loadConfig(flags({ config: file }), env);
}

describe('a value comes from', () => {
  test('its default', () => {
    expect(loadConfig(new Map(), {})).toMatchObject({
      ...{
        timeoutMs: 10_000,
        workers: 5,
        api: 'auto',
        flushIntervalMs: 10_000,
        restart: 'no',
        maxTagValues: 1_000,
      },
      ...{ rateBytesPerSecond: 4 * 1_048_576, burstBytes: 6 * 1_048_576, keepEntrypointName: true, tags: [] },
    });
  });

  test('the flag before the environment before the file', () => {
    const env = { SPYBRIDGE_APP: 'from-env', SPYBRIDGE_RATE_MB: '2' };
    writeFileSync(file, 'app: from-file\nrate-mb: 3\nrestart: always\n');
    const config = loadConfig(flags({ config: file, app: 'from-flag' }), env);
    expect(config).toMatchObject({ app: 'from-flag', rateBytesPerSecond: 2 * 1_048_576, restart: 'always' });
    expect(config.given.get('restart')?.origin).toBe(`${file}:3`);
    expect(config.given.get('rate-mb')?.origin).toBe('SPYBRIDGE_RATE_MB');
  });

  test("Pyroscope's own environment names", () => {
    const env = {
      PYROSCOPE_SERVER_ADDRESS: 'http://p:4040',
      PYROSCOPE_APPLICATION_NAME: 'shop',
      PYROSCOPE_TENANT_ID: 't',
    };
    const config = loadConfig(new Map(), {
      ...env,
      ...{
        PYROSCOPE_LABELS: 'a=b,c=d',
        PYROSCOPE_BASIC_AUTH_USER: 'u',
        PYROSCOPE_BASIC_AUTH_PASSWORD: 'p:q',
      },
    });
    expect(config).toMatchObject({
      app: 'shop',
      tenant: 't',
      tags: ['a=b', 'c=d'],
      basicAuth: { user: 'u', password: 'p:q' },
    });
    expect(config.pyroscope?.href).toBe('http://p:4040/');
  });

  test('lists and maps of a file', () => {
    expect(fromFile('tag: [env=prod, "x=1"]\n').tags).toEqual(['env=prod', 'x=1']);
    expect(fromFile('tag:\n  env: prod\n  version: 1.10\n').tags).toEqual(['env=prod', 'version=1.10']);
    expect(fromFile('entrypoint: index.php\n').entryPoints).toEqual(['index.php']);
    expect(fromFile('').app).toBeUndefined();
  });

  test('a token file', () => {
    const token = path.join(folder, 'token');
    writeFileSync(token, 'abc\n');
    expect(loadConfig(flags({ 'pyroscope-auth-file': token }), {}).authToken).toBe('abc');
  });
});

describe('durations', () => {
  test.each([
    ['10s', 10_000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['2', 2_000],
    ['1.5s', 1_500],
  ])('%s is %d ms', (text, ms) => {
    expect(loadConfig(flags({ 'stats-interval': text }), {}).statsIntervalMs).toBe(ms);
  });
});

describe('one sentence tells the option, the value and the way out for', () => {
  test.each([
    [{ 'rate-mb': 'x' }, '--rate-mb "x"'],
    [{ 'rate-mb': '-1' }, '--rate-mb "-1"'],
    [{ 'flush-interval': '10 parsecs' }, '--flush-interval "10 parsecs"'],
    [{ 'flush-interval': '' }, '--flush-interval ""'],
    [{ 'flush-interval': '6h' }, 'from 100ms to 300s'],
    [{ restart: 'sometimes' }, 'always, onerror, onsuccess, no'],
    [{ 'pyroscope-workers': '1.5' }, 'whole number from 1 to 64'],
    [{ 'pyroscope-api': 'grpc' }, 'auto, push, ingest'],
    [{ pyroscope: 'pyroscope:4040' }, 'only http and https'],
    [{ pyroscope: 'nowhere' }, 'it is not a URL'],
    [{ pyroscope: 'http://u:hunter2@p' }, 'credentials'],
    [{ 'pyroscope-basic-auth': 'hunter2' }, '--pyroscope-basic-auth'],
    [{ 'pyroscope-auth': 'hunter2\n' }, 'printable ASCII'],
    [{ 'pyroscope-auth': 'a', 'pyroscope-basic-auth': 'b:c' }, 'more than one kind'],
    [{ 'pyroscope-auth-file': '/nowhere/token' }, '/nowhere/token'],
    [{ 'profile-type': 'off-cpu' }, 'wall, cpu'],
    [{ app: ' ' }, '--app'],
  ])('%j', (given, part) => {
    try {
      loadConfig(flags(given), {});
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'config' });
      const told = `${String(error)} ${String((error as { hint?: string }).hint)}`;
      expect(told).toContain(part);
      expect(told).not.toContain('hunter2');
    }
  });

  test.each([
    ['app: [a, b]', ':1', 'one value'],
    ['x: 1\n', ':1', 'no option "x"'],
    ['app: a\nrate-mbs: 1\n', ':2', 'did you mean "rate-mb"'],
    ['app: "a\n', ':', 'not YAML'],
    ['- a\n', ':1', '`option: value`'],
    ['entrypoint: {a: b}\n', ':1', 'must be a list'],
    ['config: other.yaml\n', ':1', 'no option "config"'],
    ['restart: 7\n', ':1', 'always, onerror'],
  ])('the file %j', (text, line, part) => {
    expect(() => fromFile(text)).toThrow(
      expect.objectContaining({
        code: 'config',
        message: expect.stringMatching(`${file}${line}`) as string,
      }) as Error,
    );
    expect(() => fromFile(text)).toThrow(part);
  });

  test('a file that is not there', () => {
    expect(() => loadConfig(flags({ config: '/nowhere.yaml' }), {})).toThrow('/nowhere.yaml does not exist');
  });
});

test('credentials come from the first source that has any, whatever their kind', () => {
  const env = { PYROSCOPE_BASIC_AUTH_USER: 'u', PYROSCOPE_BASIC_AUTH_PASSWORD: 'p' };
  const config = loadConfig(flags({ 'pyroscope-auth': 'token' }), env);
  expect([config.authToken, config.basicAuth]).toEqual(['token', undefined]);
  expect(loadConfig(new Map(), env).basicAuth).toEqual({ user: 'u', password: 'p' });
});
