// doctor and check on this machine, with real PHP processes and real rights.
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';

const program = path.join(import.meta.dirname, '../../bin/spybridge.js');
const children: { kill(signal: NodeJS.Signals): boolean }[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function startPhp(): Promise<number> {
  const child = execa('php', ['-r', 'echo "up"; function work() { while (true) usleep(500); } work();'], {
    reject: false,
    buffer: false,
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid!;
}

const spybridge = (...args: string[]) => execa('node', [program, ...args], { reject: false });
const isRoot = process.getuid?.() === 0;

describe('spybridge doctor', () => {
  test('reads the stacks of a PHP process that may be read', async () => {
    const pid = await startPhp();
    const { stdout, exitCode } = await spybridge('doctor', '--pid', String(pid));
    expect(stdout).toMatch(new RegExp(`^ok +process ${pid} +php.*: its stacks can be read\\.$`, 'm'));
    expect(exitCode).toBe(0);
  });

  test.skipIf(!isRoot)('without the right exits with 77 and says what to grant (needs root)', async () => {
    const pid = await startPhp();
    // Root without any capability: it may still read the repository, which another user may not.
    const drop = ['--inh-caps=-all', '--bounding-set=-all'];
    const { stdout, exitCode } = await execa(
      'setpriv',
      [...drop, process.execPath, program, 'doctor', '--pid', String(pid)],
      { reject: false },
    );
    expect(stdout).toMatch(/^BAD +right +CAP_SYS_PTRACE is missing.*\n.*--cap-add SYS_PTRACE/m);
    expect(stdout).toMatch(new RegExp(`^BAD +process ${pid} .*Not permitted`, 'm'));
    expect(exitCode).toBe(77);
  });

  test('tells a process that is not PHP, one that is not there, and a pid that is none', async () => {
    const foreign = await spybridge('doctor', '--pid', String(process.pid));
    expect([foreign.exitCode, foreign.stdout]).toEqual([69, expect.stringContaining('is not PHP')]);
    const gone = await spybridge('doctor', '--pid', '1073741824');
    expect([gone.exitCode, gone.stdout]).toEqual([66, expect.stringContaining('no such process')]);
    const none = await spybridge('doctor', '--pid', 'abc');
    expect([none.exitCode, none.stderr]).toEqual([64, expect.stringContaining('--pid "abc"')]);
  });
});

describe('spybridge check', () => {
  const target = ['--pyroscope', 'http://127.0.0.1:1', '--app', 'shop'];

  test('lists what is given and from where, hides secrets, and starts nothing', async () => {
    const { stdout, exitCode } = await execa(
      'node',
      [program, 'check', ...target, '--tag', 'env=prod', '--', 'sampler', '-P', 'php-fpm'],
      { reject: false, env: { SPYBRIDGE_PYROSCOPE_AUTH: 'very-secret' } },
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^tag +env=prod +\(--tag\)$/m);
    expect(stdout).toMatch(/^pyroscope-auth +\(hidden\) +\(SPYBRIDGE_PYROSCOPE_AUTH\)$/m);
    expect(stdout).not.toContain('very-secret');
    expect(stdout).toMatch(/The configuration is right\.$/);
  });

  test.each([
    'http://u:geheim@host:99999',
    '://u:geheim@host',
    'http://u:geheim@host',
    'http://host:x?token=geheim',
  ])('shows no password of the URL %s', async (url) => {
    const { stderr, exitCode } = await spybridge('check', '--app', 'a', '--pyroscope', url);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('--pyroscope');
    expect(stderr).not.toContain('geheim');
  });

  test.each([
    [['--listen', 'nowhere'], 78, '--listen nowhere'],
    [['--retention', 'long'], 78, '--retention "long"'],
    [['--pyroscope', 'http://127.0.0.1:1'], 78, 'no application name'],
    [[...target, '--tag', 'uri={{ "uri" "(" "" }}'], 78, '--tag uri: The regular expression'],
    [[...target, '--queue-mb', 'many'], 78, '--queue-mb "many"'],
    [[...target, '--config', '/does/not/exist.yaml'], 78, '/does/not/exist.yaml'],
    [[...target, '--nonsense'], 64, '--nonsense'],
    [[...target, '--http-listen', '127.0.0.1:999999'], 78, '--http-listen 127.0.0.1:999999'],
    [[...target, '--tag', `long=${'x'.repeat(3_000)}`], 78, 'more than 2048 bytes'],
    [[...target, '--pyroscope-tenant', 'a\nb'], 78, '--pyroscope-tenant'],
    [[...target, '--', 'no-such-sampler'], 69, '"no-such-sampler" was not found'],
  ])('%j exits with %i and one sentence', async (args, code, part) => {
    const { stderr, exitCode } = await spybridge('check', ...args);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(part)]);
    expect(stderr.split('\n').length).toBeLessThanOrEqual(2);
  });
});
