import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import { startBridge } from './support/bridge-run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gospy-'));
const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
let server: FakePyroscope;

beforeAll(async () => {
  server = await new FakePyroscope().start();
  const trace = (entry: string, uri: string): string =>
    String.raw`printf '0 f /srv/a.php:1\n1 <main> ${entry}:1\n# glopeek server.REQUEST_URI = ${uri}\n\n';`;
  const script = [
    '#!/bin/sh',
    `echo "$@" > ${folder}/arguments`,
    trace('/srv/index.php', '/a,b'),
    trace('/srv/other.php', '/'),
  ];
  writeFileSync(path.join(folder, 'phpspy'), script.join('\n'));
  chmodSync(path.join(folder, 'phpspy'), 0o755);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** The example of gospy's README, the program's name and the server's address aside. */
const options = [
  ...[
    '--pyroscope-auth=your_auth_token',
    '--pyroscope-workers=2',
    '--tag=env=production',
    '--tag=host=yourhost.example.com',
  ],
  ...[
    '--tag=uri={{ "glopeek server.REQUEST_URI" }} ',
    '--tag=source=php-fpm',
    '--tag-entrypoint',
    '--app=your-app',
  ],
  ...['--entrypoint=index.php', '--entrypoint=dashboard.php'],
];
const phpspy = [
  ...[
    'phpspy',
    '--max-depth=-1',
    '--threads=100',
    '-H',
    '25',
    '--buffer-size=65536',
    '-J',
    'm',
    '--continue-on-error',
  ],
  ...['--peek-global=server.REQUEST_URI', '-P', '-x "php-fpm"'],
];

describe("the example of gospy's README", () => {
  test.each([
    ['without --', [...options, ...phpspy]],
    ['with --', [...options, '--', ...phpspy]],
    ['with run', ['run', ...options, ...phpspy]],
  ])('works %s', async (_, args) => {
    server.uploads.length = 0;
    const run = startBridge(args, { ...env, SPYBRIDGE_PYROSCOPE: server.url });
    expect(await run.exitCode).toBe(0);
    expect(server.uploads).toHaveLength(1);
    const [key] = [...server.uploads[0]!.stacks.keys()];
    const [labels, stack] = key!.split('\n');
    expect(JSON.parse(labels!)).toMatchObject({
      ...{ service_name: 'your-app', env: 'production', host: 'yourhost.example.com', source: 'php-fpm' },
      ...{ uri: '/a,b', entrypoint: '/srv/index.php' },
    });
    expect(stack).toBe('<main> /srv/index.php;f');
    expect(run.totals()).toMatchObject({ received: 2, delivered: 1, filtered: 1 });
    expect(run.stderr()).not.toContain('your_auth_token');
  });

  test.each([
    ['--keep-entrypoint-name=false', '<main>;f'],
    ['--no-keep-entrypoint-name', '<main>;f'],
    ['--keep-entrypoint-name=true', '<main> /srv/index.php;f'],
  ])('takes %s', async (option, stack) => {
    server.uploads.length = 0;
    const run = startBridge([`--pyroscope=${server.url}`, option, ...options, ...phpspy], env);
    expect(await run.exitCode).toBe(0);
    expect([...server.uploads[0]!.stacks.keys()][0]?.split('\n')[1]).toBe(stack);
  });
});

describe('wrong use is told in a sentence, and nothing is started', () => {
  const base = ['--app', 'a', '--pyroscope', 'http://127.0.0.1:1'];
  test.each([
    [[...base, 'phpspy', '-t'], 64, '--top'],
    [[...base, 'phpspy', '-P', 'x', '-b', '65536'], 64, '-J m'],
    [[...base, '--nope', 'phpspy'], 64, "'--nope'"],
    [[...base], 64, 'No sampler is named'],
    [[...base, '--', 'no-such-sampler'], 69, 'was not found'],
    [[...base, '--restart', 'maybe', 'phpspy'], 78, '--restart "maybe"'],
    [[...base, '--tag', 'x', 'phpspy'], 78, '--tag "x"'],
    [[...base, '--tag', 'x={{ "a" "(" "b" }}', 'phpspy'], 78, 'regular expression'],
    [[...base, '--entrypoint', '[', 'phpspy'], 78, 'not a glob'],
    [[...base, '--config', '/nowhere.yaml', 'phpspy'], 78, 'does not exist'],
    [['--pyroscope', 'http://127.0.0.1:1', 'phpspy'], 78, '--app'],
    [['--app', 'a', '--listen', 'nowhere', 'phpspy'], 78, '--listen nowhere'],
  ])('%j', async (args, exitCode, part) => {
    rmSync(path.join(folder, 'arguments'), { force: true });
    const run = startBridge(args, env);
    expect(await run.exitCode).toBe(exitCode);
    expect(run.stderr()).toContain(part);
    expect(run.stderr().trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(() => {
      rmSync(path.join(folder, 'arguments'));
    }).toThrow('ENOENT');
  });
});
