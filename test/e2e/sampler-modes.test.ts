// What the bundled sampler offers beyond phpspy: lines, CPU time, filters for processes, bounds on its own cost, secrecy.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { PhpProcess } from './support/php.ts';
import { HOST, start, startUp } from './support/php.ts';
import { runSampler, startSampler } from './support/sampler-run.ts';
import { runText, tracesOf } from './support/sampler-text.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function scriptOf(source: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-modes-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, 'script.php');
  writeFileSync(file, source);
  return file;
}

async function run(...args: string[]): Promise<PhpProcess> {
  const started = start(HOST, ['php', '-n', ...args]);
  cleanups.push(() => started.stop());
  await startUp(started);
  return started;
}

describe('a process that has not run since its last sample', () => {
  test('is told again without being read', async () => {
    const { pid } = await run('-r', 'sleep(20);');
    const { samples, counters } = await runSampler(['-p', String(pid), '-H', '200', '-i', '1000']);
    expect(samples.length).toBeGreaterThan(150);
    expect(counters.get('repeated')).toBeGreaterThan(samples.length - 10);
    // One look at the scheduler's counts and one wait for each sample; the rest is attaching.
    expect(counters.get('syscalls')).toBeLessThan(samples.length * 2 + 60);
  });

  test('is never told to be where it no longer is', async () => {
    const script = scriptOf(`<?php
function red() { usleep(mt_rand(3000, 40000)); }
function blue() { usleep(mt_rand(3000, 40000)); }
function green() { $end = hrtime(true) + mt_rand(1, 20) * 1000000; while (hrtime(true) < $end); }
$log = fopen($argv[1], 'w');
$phases = ['red', 'blue', 'green'];
for ($i = 0, $end = microtime(true) + 20; microtime(true) < $end; $i++) {
  $phase = $phases[mt_rand(0, 2)];
  fprintf($log, "%.6F %s\\n", microtime(true), $phase);
  $phase();
}`);
    const { pid } = await run(script, `${script}.log`);
    const text = await runText('-p', String(pid), '-H', '499', '-i', '5000', '-d', 't');
    const phases = readFileSync(`${script}.log`, 'utf8')
      .split('\n')
      .slice(0, -2)
      .map((line) => ({ from: Number(line.split(' ')[0]), name: line.split(' ')[1]! }));
    const found = tracesOf(text).map((trace) => ({
      at: Number(/# trace_ts = ([\d.]+)/.exec(trace)?.[1]),
      name: /^\d+ (red|blue|green) /m.exec(trace)?.[1],
    }));
    const judged = found.filter(({ at, name }) => name !== undefined && isInside(phases, at));
    const wrong = judged.filter(({ at, name }) => phaseAt(phases, at)?.name !== name);
    expect(judged.length).toBeGreaterThan(1000);
    expect(new Set(judged.map(({ name }) => name)).size).toBe(3);
    expect(wrong).toEqual([]);
  });
});

interface Phase {
  readonly from: number;
  readonly name: string;
}

/** The sampler's clock is read after its sample, and the script's before its phase: a millisecond either way proves nothing. */
const MARGIN_SECONDS = 0.002;

function phaseAt(phases: readonly Phase[], at: number): Phase | undefined {
  return phases.findLast(({ from }) => from <= at);
}

function isInside(phases: readonly Phase[], at: number): boolean {
  const [before, after] = [at - MARGIN_SECONDS, at + MARGIN_SECONDS].map((time) => phaseAt(phases, time));
  return before !== undefined && before === after && after !== phases.at(-1);
}

describe('--mode cpu', () => {
  test('samples only what runs, and says in the stream that it does', async () => {
    const script = scriptOf(`<?php
function waits() { usleep(30000); }
function burns() { $end = hrtime(true) + 30000000; while (hrtime(true) < $end); }
for ($end = microtime(true) + 20; microtime(true) < $end;) { waits(); burns(); }`);
    const { pid } = await run(script);
    const { samples, counters } = await runSampler([
      '-p',
      String(pid),
      '--mode',
      'cpu',
      '-H',
      '199',
      '-i',
      '3000',
    ]);
    const count = (name: string): number =>
      samples.filter(({ frames }) => frames.some((frame) => frame.startsWith(`${name} `))).length;
    expect(count('burns')).toBeGreaterThan(100);
    expect(count('waits')).toBeLessThan(samples.length / 20);
    expect(counters.get('off_cpu')).toBeGreaterThan(100);
  });

  test('a program that only waits has no samples', async () => {
    const { pid } = await run('-r', 'sleep(20);');
    const { samples, counters } = await runSampler(['-p', String(pid), '--mode=cpu', '-i', '1500']);
    expect(samples).toEqual([]);
    expect(counters.get('off_cpu')).toBeGreaterThan(30);
  });
});

describe('--lines', () => {
  test('tells where each frame stands, not where its function starts', async () => {
    const script = scriptOf(`<?php
function inner() {
  $x = 1;
  sleep(20);
}
function outer() {


  inner();
}
outer();`);
    const { pid } = await run(script);
    const told = await runText('-p', String(pid), '-l', '1', '--lines');
    expect(told.stdout).toBe(
      `0 sleep <internal>:-1\n1 inner ${script}:4\n2 outer ${script}:9\n3 <main> ${script}:11\n\n`,
    );
    const usual = await runText('-p', String(pid), '-l', '1');
    expect(usual.stdout).toContain(`1 inner ${script}:2\n2 outer ${script}:6\n3 <main> ${script}:1\n`);
  });

  test('follows a function that moves on', async () => {
    const script = scriptOf(`<?php
function walk() {
  usleep(5000);
  usleep(5000);
  usleep(5000);
}
for ($end = microtime(true) + 20; microtime(true) < $end;) walk();`);
    const { pid } = await run(script);
    const { samples } = await runSampler(['-p', String(pid), '--lines', '-H', '499', '-i', '2000']);
    const lines = samples
      .filter(({ frames }) => frames[0]!.startsWith('usleep '))
      .map(({ frames }) => frames[1]!.replace(/.*:/, ''));
    expect(new Set(lines)).toEqual(new Set(['3', '4', '5']));
    for (const line of ['3', '4', '5'])
      expect(lines.filter((other) => other === line).length / lines.length).toBeGreaterThan(0.2);
  });
});

describe('--max-cpu', () => {
  test('samples less often, and each sample stands for more', async () => {
    const script = scriptOf(
      '<?php for ($end = microtime(true) + 20, $i = 0; microtime(true) < $end;) $i = md5((string) $i);',
    );
    const { pid } = await run(script);
    const args = ['-p', String(pid), '-H', '4000', '-i', '4000'];
    const { samples, messages } = await runSampler([...args, '--max-cpu', '1']);
    const weight = samples.reduce((sum, sample) => sum + sample.weight, 0);
    expect(samples.some((sample) => sample.weight > 1)).toBe(true);
    expect(messages.join('\n')).toMatch(
      /info max_cpu Sampling [\d.]+ times per second now, to keep to --max-cpu 1 %/,
    );
    // What was sampled less often still adds up to the time that has passed, but for ticks that came late.
    expect(weight).toBeGreaterThan(8_000);
    expect(weight).toBeLessThan(17_000);
    expect(samples.length).toBeLessThan(weight / 2);
  });
});

describe('filters for processes', () => {
  const pidsOf = (stdout: string): Set<string> => new Set(stdout.match(/^# pid = \d+$/gm) ?? []);
  const some = ['-i', '600', '-d', 'p'];

  test('--cmdline, --exe, --comm and --cgroup must all hold; --children-of names the parent', async () => {
    const [one, other] = [await run('-r', 'sleep(20);', 'modes-a'), await run('-r', 'sleep(20);', 'modes-b')];
    const both = [`# pid = ${one.pid}`, `# pid = ${other.pid}`];
    const find = async (...args: string[]): Promise<string[]> =>
      [...pidsOf((await runText(...some, ...args)).stdout)].sort();
    expect(await find('--cmdline', 'modes-a$')).toEqual([both[0]]);
    expect(await find('--cmdline', 'modes-[ab]$', '--exe', '/php[0-9.]*$', '--comm', '^php')).toEqual(
      both.sort(),
    );
    expect(await find('--cmdline', 'modes-', '--exe', '/python')).toEqual([]);
    expect(await find('--cmdline', 'modes-', '--cgroup', ':/')).toEqual(both.sort());
    expect(await find('--cmdline', 'modes-', '--children-of', String(process.pid))).toEqual(both.sort());
    expect(await find('--cmdline', 'modes-', '--children-of', '1')).toEqual([]);
    expect(await find('--cmdline', 'modes-', '--cgroup', 'no-such-group')).toEqual([]);
    expect(await find('-P', '-f modes-', '--cmdline', 'modes-b')).toEqual([both[1]]);
  });
});

describe('--redact', () => {
  test('tells nothing that may be secret', async () => {
    const script = scriptOf(`<?php
$_SERVER['REQUEST_URI'] = '/pay?card=4111';
$_SERVER['HTTP_COOKIE'] = 'sid=s3cret';
$_SERVER['HTTP_X_API_KEY'] = 's3cret';
$_SERVER['PLAIN'] = 'shown';
$_POST = ['card' => '4111'];
$password = 's3cret';
$config = ['db' => ['password' => 's3cret']];
sleep(20);`);
    const { pid } = await run(script);
    const keys = [
      ...['server.REQUEST_URI', 'server.HTTP_COOKIE', 'server.HTTP_X_API_KEY', 'server.PLAIN', 'post.card'],
      ...['globals.password', 'globals.config', 'globals._SERVER'],
    ];
    const { stdout } = await runText(
      '-p',
      String(pid),
      '-l',
      '1',
      '--redact',
      ...keys.flatMap((key) => ['-g', key]),
    );
    expect(stdout.split('\n').filter((line) => line.startsWith('#'))).toEqual([
      '# glopeek server.REQUEST_URI = /pay',
      '# glopeek server.HTTP_COOKIE = [redacted]',
      '# glopeek server.HTTP_X_API_KEY = [redacted]',
      '# glopeek server.PLAIN = shown',
      '# glopeek post.card = [redacted]',
      '# glopeek globals.password = [redacted]',
      '# glopeek globals.config = [redacted]',
      '# glopeek globals._SERVER = [redacted]',
    ]);
  });
});

const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log('Skipped: only root can become another user.');

describe.runIf(asRoot)('--user', () => {
  test('leaves one capability, no way to gain others, and a filter of system calls', async () => {
    const { pid } = await run('-r', 'sleep(20);');
    const sampler = startSampler(['-p', String(pid), '--user', 'nobody']);
    cleanups.push(() => {
      sampler.kill('SIGKILL');
    });
    await expect.poll(() => sampler.samples.length).toBeGreaterThan(20);
    const status = readFileSync(`/proc/${sampler.pid}/status`, 'utf8');
    const fieldOf = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    expect(fieldOf('Uid')).toMatch(/^65534\t65534/);
    for (const name of ['CapPrm', 'CapEff', 'CapBnd']) expect(fieldOf(name)).toBe('0000000000080000');
    expect([fieldOf('CapInh'), fieldOf('CapAmb')]).toEqual(['0000000000000000', '0000000000000000']);
    expect([fieldOf('NoNewPrivs'), fieldOf('Seccomp')]).toEqual(['1', '2']);
    sampler.kill('SIGTERM');
    expect((await sampler.result).exitCode).toBe(0);
  });

  test('an unknown user is a wrong option', async () => {
    const { exitCode, stderr } = await runText('--user', 'no-such-user', '-p', '1');
    expect([exitCode, stderr]).toEqual([64, 'sampler: Option --user: there is no user of that name.\n']);
  });
});
