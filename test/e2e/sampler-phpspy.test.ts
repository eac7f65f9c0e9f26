// phpspy's interface: its options, and its text to the byte. What phpspy's users rely on, for every PHP at hand.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Php, PhpProcess } from './support/php.ts';
import { isMissing, PHPS, start, startUp } from './support/php.ts';
import { runText, tracesOf } from './support/sampler-text.ts';

const NOWHERE = ['-O', '/dev/null', '-E', '/dev/null'];
const ONE = ['--limit=1', ...NOWHERE];
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe.each(PHPS.filter((php) => !isMissing(php)))('PHP $version', (php) => {
  const command = (...args: string[]): string[] =>
    php.root === '/' ? ['php', ...args] : ['/usr/sbin/chroot', php.root, '/usr/bin/php', ...args];
  const code = (source: string): string[] => command('-n', '-r', source);

  test('a command is sampled, and -r prints all five lines', async () => {
    const { exitCode, stdout } = await runText(
      ...ONE,
      '--request-info=qcup',
      '--',
      ...code('usleep(1000000);'),
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^0 usleep <internal>:-1\n1 <main> <internal>:-1\n# uri = -\n# path = (Standard input code|-)\n# qstring = -\n# cookie = -\n# ts = \d+\.\d{6}\n\n$/,
    );
  });

  test('-p samples a process', async () => {
    const { pid } = await run(php, '-n', '-r', 'sleep(20);');
    const { stdout, exitCode } = await runText('--limit=1', '--pid', String(pid));
    expect([stdout, exitCode]).toEqual(['0 sleep <internal>:-1\n1 <main> <internal>:-1\n\n', 0]);
  });

  test('-b cuts a sample with -c, at a line, and drops it without', async () => {
    const cut = await runText(...ONE, '-c', '-b', '24', '--', ...code('usleep(500000);'));
    expect(cut.stdout).toBe('0 usleep <internal>:-1\n\n');
    const dropped = await runText(...ONE, '-b', '24', '--', ...code('usleep(500000);'));
    expect(dropped.stdout).toBe('');
  });

  const naps = '$n=2000; while(--$n) {usleep(1); time_nanosleep(0, 1000);}';

  test.each([
    ['--filter', '(nano|poop)sleep'],
    ['--filter-negate', 'usle+[pP]'],
  ])('%s %s leaves the others out', async (option, expression) => {
    const { stdout } = await runText(...NOWHERE, option, expression, '--', ...code(naps));
    expect(stdout).toContain('time_nanosleep');
    expect(stdout).not.toContain('usleep');
  });

  test('what a filter leaves out does not count to the limit', async () => {
    const { stdout } = await runText(
      ...ONE,
      '--filter',
      'usleep',
      '--',
      ...code('time_nanosleep(1, 0); usleep(500000);'),
    );
    expect(stdout).toContain('usleep');
    expect(stdout).not.toContain('nanosleep');
  });

  test('-g reads superglobals and globals as the script has changed them', async () => {
    const script = scriptIn(
      php,
      `<?php
$GLOBALS['my_global'] = 'test_global';
$_SERVER['FAKE_VAR'] = 121;
$_SERVER['SCRIPT_NAME'] = 'not_real.php';
$_GET = ['zero', 'one'];
$named = ['k' => 42, 'j' => 'dolphin', 'list' => [1, 2.5, true]];
$_POST = ['ref' => &$named];
function f() { sleep(1); }
f();`,
    );
    const keys = [
      ...['server.REQUEST_TIME', 'globals.my_global', 'server.FAKE_VAR', 'server.SCRIPT_NAME', 'server.X'],
      ...['get.1', 'get.2', 'post.ref', 'globals.named'],
    ];
    const { stdout } = await runText(
      ...ONE,
      ...keys.flatMap((key) => ['--peek-global', key]),
      '--',
      ...command('-n', script),
    );
    expect(stdout.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      expect.stringMatching(/^# glopeek server\.REQUEST_TIME = \d+$/),
      '# glopeek globals.my_global = test_global',
      '# glopeek server.FAKE_VAR = 121',
      '# glopeek server.SCRIPT_NAME = not_real.php',
      '# glopeek get.1 = one',
      '# glopeek post.ref = k=42,j=dolphin,list=1,2.500000,1,,',
      '# glopeek globals.named = k=42,j=dolphin,list=1,2.500000,1,,',
    ]);
  });

  test('keys with one hash are told apart', async () => {
    const { stdout } = await runText(
      ...ONE,
      '-g',
      'server.Ez',
      '-g',
      'server.FY',
      '--',
      ...code('sleep(1);'),
    );
    expect(stdout).toContain('# glopeek server.Ez = 1\n# glopeek server.FY = 2\n');
  });

  test('-e reads a local variable at a line, before the frame that has it', async () => {
    const script = scriptIn(
      php,
      "<?php\nfunction f() {\n  $a = ['k' => 42, 'j' => 'dolphin'];\n  sleep(1);\n}\nf();",
    );
    const { stdout } = await runText(...ONE, '--peek-var', `a@${script}:4`, '--', ...command('-n', script));
    expect(stdout).toBe(
      `0 sleep <internal>:-1\n# varpeek a@${script}:4 = k=42,j=dolphin,\n1 f ${script}:2\n2 <main> ${script}:1\n\n`,
    );
  });

  test('-e follows variables through a range of lines', async () => {
    const script = scriptIn(
      php,
      '<?php\nfunction f() {\n  $a = 1; $b = 2;\n  usleep(400000);\n  $a = 3; $b = 4;\n  usleep(400000);\n}\nf();',
    );
    const { stdout } = await runText(
      ...NOWHERE,
      ...['-e', `a@${script}:4-7`, '-e', `b@${script}:4-7`, '--', ...command('-n', script)],
    );
    const found = new Set(stdout.split('\n').filter((line) => line.startsWith('# varpeek')));
    expect([...found]).toEqual([
      `# varpeek a@${script}:4 = 1`,
      `# varpeek b@${script}:4 = 2`,
      `# varpeek a@${script}:6 = 3`,
      `# varpeek b@${script}:6 = 4`,
    ]);
  });

  test('-m tells what PHP says of its memory, without debug symbols', async () => {
    const script = scriptIn(
      php,
      `<?php
function f($a) { usleep(10); file_put_contents($a, memory_get_usage() . ' ' . memory_get_peak_usage()); sleep(1); }
$big = str_repeat('x', 3000000); $big = null;
f($argv[1]);`,
    );
    const { stdout } = await runText(
      ...ONE,
      '-f',
      '^0 sleep',
      '-m',
      '--',
      ...command('-n', script, `${script}.out`),
    );
    const [, size, peak] = /^# mem (\d+) (\d+)$/m.exec(stdout) ?? [];
    const [saidSize, saidPeak] = readIn(php, `${script}.out`).split(' ').map(Number);
    expect(Math.abs(Number(size) - saidSize!)).toBeLessThan(2_000); // the string that says so comes and goes
    expect(Math.abs(Number(peak) - saidPeak!)).toBeLessThan(2_000);
    expect(saidPeak! - saidSize!).toBeGreaterThan(2_900_000);
  });

  test('-d adds time and pid', async () => {
    const { pid } = await run(php, '-n', '-r', 'sleep(20);');
    const { stdout } = await runText('-l', '1', '--verbose-fields=pt', '-p', String(pid));
    expect(stdout).toMatch(
      new RegExp(`^0 sleep .*\\n1 <main> .*\\n# trace_ts = \\d+\\.\\d{6}\\n# pid = ${pid}\\n\\n$`),
    );
  });

  test('-1 writes a line for each sample', async () => {
    const { stdout } = await runText(...ONE, '-1', '-r', 'u', '--', ...code('sleep(1);'));
    expect(stdout).toMatch(
      /^0 sleep <internal>:-1\t1 <main> <internal>:-1\t# uri = -\t# path = -\t# qstring = -\t# cookie = -\t# ts = [\d.]+\t\n$/,
    );
  });

  test('-n takes the innermost frames, -S stops the process meanwhile', async () => {
    const { stdout } = await runText(...ONE, '-n', '1', '-S', '--', ...code('sleep(1);'));
    expect(stdout).toBe('0 sleep <internal>:-1\n\n');
  });

  test('-V must be right, -x and -a stand for symbols', async () => {
    const { pid } = await run(php, '-n', '-r', 'sleep(20);');
    const other = php.version === '7.4' ? '80' : '74';
    const wrong = await runText('-l', '1', '-V', other, '-p', String(pid));
    expect(wrong.exitCode).not.toBe(0);
    for (const address of ['7f0000001000', 'ffffffff81000000']) {
      const nowhere = await runText('-x', address, '-p', String(pid));
      expect(nowhere).toMatchObject({ exitCode: 64, stdout: '' });
      expect(nowhere.stderr).toMatch(
        /^sampler: Process \d+.*: PHP's executor globals are not at the address/,
      );
    }
  });
});

describe('pgrep mode', () => {
  const php = PHPS[0]!;

  test('--pidfile, with phpspy’s -T and -J', async () => {
    const { pid } = await run(php, '-n', '-r', 'sleep(20);');
    const file = scriptIn(php, `${pid}\n`);
    const { stdout, exitCode } = await runText(
      '--limit=1',
      '--pgrep',
      `--pidfile ${file}`,
      '--threads',
      '2',
      '-J',
      'm',
    );
    expect([stdout, exitCode]).toEqual(['0 sleep <internal>:-1\n1 <main> <internal>:-1\n\n', 0]);
  });

  test('a time limit ends it, also when nothing matches', async () => {
    const { pid } = await run(php, '-n', '-r', 'sleep(20);');
    const file = scriptIn(php, `${pid}\n`);
    const some = await runText('--time-limit-ms=1000', '--pgrep', `--pidfile ${file}`);
    expect(tracesOf(some).length).toBeGreaterThan(50);
    const none = await runText('--time-limit-ms=1000', '--pgrep', '--full hope_this_does_not_exist_lol');
    expect([none.stdout, none.exitCode]).toEqual(['', 0]);
  });

  test('-n and -o choose the newest and the oldest, -P the children of a process', async () => {
    const first = await run(php, '-n', '-r', 'sleep(20);', 'spybridge-pick');
    await run(php, '-n', '-r', 'usleep(1); sleep(20);', 'spybridge-pick');
    const last = await run(php, '-n', '-r', 'usleep(2); sleep(20);', 'spybridge-pick');
    const pidsOf = async (words: string): Promise<Set<string>> => {
      const { stdout } = await runText('-i', '700', '-d', 'p', '-P', words);
      return new Set(stdout.split('\n').filter((line) => line.startsWith('# pid')));
    };
    expect([...(await pidsOf('-o -f spybridge-pick'))]).toEqual([`# pid = ${first.pid}`]);
    expect([...(await pidsOf('-n -f spybridge-pick'))]).toEqual([`# pid = ${last.pid}`]);
    expect((await pidsOf(`-f spybridge-pick -P ${process.pid}`)).size).toBe(3);
    expect((await pidsOf(`-f spybridge-pick -u nobody`)).size).toBe(0);
  });
});

/** A file in the PHP's root; its path as the PHP sees it. */
function scriptIn(php: Php, source: string): string {
  const folder = mkdtempSync(path.join(php.root, 'tmp/spybridge-text-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(path.join(folder, 'script.php'), source);
  return `/${path.relative(php.root, path.join(folder, 'script.php'))}`;
}

function readIn(php: Php, file: string): string {
  return readFileSync(path.join(php.root, file), 'utf8');
}

async function run(php: Php, ...args: string[]): Promise<PhpProcess> {
  const started = start(php, ['/usr/bin/php', ...args]);
  cleanups.push(() => started.stop());
  await startUp(started);
  return started;
}
