// Processes that come, change and go, and programs that are not what they should be.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startBridge } from './support/bridge-run.ts';
import { changedPhp, pretend, replaceText, UNKNOWN_API } from './support/changed-php.ts';
import type { PhpProcess } from './support/php.ts';
import { HOST, start, startUp } from './support/php.ts';
import { runSampler, stackOf, startSampler } from './support/sampler-run.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/php');
const DEEP = [path.join(fixtures, 'deep.php'), '3'];
const BECOMES = path.join(fixtures, 'becomes.php');
const WORKING = '<main>;down;down;down;down;work;usleep';

const cleanups: (() => unknown)[] = [];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A process of this machine that has started up. */
async function run(...command: string[]): Promise<PhpProcess> {
  const started = start(HOST, command);
  cleanups.push(() => started.stop());
  await startUp(started);
  return started;
}

function makeTemporary(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-bin-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  chmodSync(folder, 0o755);
  return folder;
}

const changed = (name: string, change: (bytes: Buffer) => void): string =>
  changedPhp(makeTemporary(), name, change);

const phpOf = (file: string): Promise<PhpProcess> => run(file, '-n', ...DEEP);

describe('processes that change', () => {
  test('a process that ends in mid-run ends the run well', async () => {
    const [one, other] = [await run('php', ...DEEP), await run('php', ...DEEP)];
    const sampler = startSampler(['-p', String(one.pid), '-p', String(other.pid)]);
    await expect.poll(() => sampler.samples.length).toBeGreaterThan(20);
    await one.stop();
    const before = sampler.samples.length;
    await expect.poll(() => sampler.samples.length).toBeGreaterThan(before + 50);
    await other.stop();
    const { exitCode, bye, samples, messages } = await sampler.result;
    expect({ exitCode, bye, messages }).toEqual({ exitCode: 0, bye: 'end', messages: [] });
    expect(new Set(samples.map(stackOf))).toEqual(new Set([WORKING]));
  });

  test('a process that becomes a shell and then PHP again is followed through, by its name', async () => {
    const sampler = startSampler(['-P', 'php', '-d', 'p'], { facts: ['pid'] });
    const process = await run('php', BECOMES);
    expect(await process.ended).toBe(7);
    await pause(100);
    sampler.kill('SIGTERM');
    const { exitCode, samples, troubles } = await sampler.result;
    const stacks = samples
      .filter(({ metas }) => metas.some(([, pid]) => pid === String(process.pid)))
      .map(stackOf);
    expect(stacks.filter((stack) => stack.includes('at_first')).length).toBeGreaterThan(0);
    expect(stacks.filter((stack) => stack.includes('at_last')).length).toBeGreaterThan(0);
    const last = stacks.findIndex((stack) => stack.includes('at_last'));
    expect(stacks.slice(last).filter((stack) => stack.includes('at_first'))).toEqual([]);
    expect({ exitCode, troubles }).toEqual({ exitCode: 0, troubles: [] });
  });

  test('a command is sampled from start to end, whatever it becomes, and its exit code is passed on', async () => {
    const { exitCode, bye, samples } = await runSampler(['-o', '-', '--', 'php', BECOMES]);
    const stacks = samples.map(stackOf);
    expect(stacks.filter((stack) => stack.includes('at_first')).length).toBeGreaterThan(80);
    expect(stacks.filter((stack) => stack.includes('at_last')).length).toBeGreaterThan(80);
    expect({ exitCode, bye }).toEqual({ exitCode: 7, bye: 'end' });
  });

  test('-P without a match says so once, and follows what comes later', async () => {
    const folder = makeTemporary();
    copyFileSync('/usr/bin/php', path.join(folder, 'late-php'));
    const sampler = startSampler(['-P', '-x late-php', '-l', '20']);
    await expect.poll(() => sampler.messages.length).toBeGreaterThan(0);
    await run(path.join(folder, 'late-php'), ...DEEP);
    const { exitCode, messages, samples } = await sampler.result;
    expect(messages).toEqual(['info no_target No process matches yet; waiting for one.']);
    expect(new Set(samples.map(stackOf))).toEqual(new Set([WORKING]));
    expect({ exitCode, samples: samples.length }).toEqual({ exitCode: 0, samples: 20 });
  });

  test('a program that was deleted or replaced since its start is sampled', async () => {
    const file = changed('php-replaced', () => undefined);
    const { pid } = await phpOf(file);
    rmSync(file);
    writeFileSync(file, 'something else', { mode: 0o755 });
    const { samples } = await runSampler(['-p', String(pid), '-l', '20']);
    expect(new Set(samples.map(stackOf))).toEqual(new Set([WORKING]));
  });
});

describe('programs', () => {
  test('a stripped PHP is sampled: its dynamic symbols are enough', async () => {
    const file = changed('php-stripped', () => undefined);
    execFileSync('strip', ['--strip-all', file]);
    const { pid } = await phpOf(file);
    const { samples } = await runSampler(['-p', String(pid), '-l', '20']);
    expect(new Set(samples.map(stackOf))).toEqual(new Set([WORKING]));
  });

  test.each([
    {
      what: 'no PHP',
      command: () => ['sleep', '60'],
      sentence: /^error not_php Process \d+: The process is not PHP, or /,
    },
    {
      what: 'a PHP without symbols',
      command: () => [
        changed('php-bare', (bytes) => {
          replaceText(bytes, 'executor_globals', 'executor_removed');
          replaceText(bytes, 'module_registry', 'module_vanished');
        }),
        ...['-n', ...DEEP],
      ],
      sentence: /^error not_php Process \d+: .*lack the symbols executor_globals and module_registry\.$/,
    },
    {
      what: 'an unknown version of PHP',
      command: () => [
        changed('php-unknown', (bytes) => {
          pretend(bytes, { api: UNKNOWN_API });
        }),
        ...['-n', ...DEEP],
      ],
      sentence:
        /^error php_version Process \d+ \(PHP 8\.\S+, API 20991231\): This PHP version is not supported; /,
    },
    {
      what: 'a thread-safe PHP',
      command: () => [
        changed('php-zts', (bytes) => {
          pretend(bytes, { zts: true });
        }),
        ...['-n', ...DEEP],
      ],
      sentence: /^error php_zts Process \d+ \(PHP 8\.\S+, API \d+\): Thread-safe \(ZTS\) builds/,
    },
  ])('$what is refused with 69 and one sentence', async ({ command, sentence }) => {
    const { pid } = await run(...command());
    const { exitCode, messages, samples, bye } = await runSampler(['-p', String(pid)]);
    expect(messages).toEqual([expect.stringMatching(sentence)]);
    expect({ exitCode, bye, samples }).toEqual({ exitCode: 69, bye: 'error', samples: [] });
  });
});

test('the bridge passes a refusal on: its sentence to the log, its exit code to the caller', async () => {
  const { pid } = await run('sleep', '60');
  const bridge = startBridge([
    ...['--pyroscope', 'http://127.0.0.1:9', '--app', 'demo', '--log-format', 'json'],
    ...['--', 'sampler', '-p', String(pid)],
  ]);
  expect(await bridge.exitCode).toBe(69);
  const { code, text } = bridge.lines.find(({ event }) => event === 'sampler_message') ?? {};
  expect({ code, text }).toEqual({
    code: 'not_php',
    text: expect.stringMatching(/^Process \d+: The process is not PHP, or /) as string,
  });
});

test('a crowd that cannot be sampled is spoken of once', async () => {
  const file = changed('php-many', (bytes) => {
    pretend(bytes, { api: UNKNOWN_API });
  });
  await Promise.all([phpOf(file), phpOf(file), phpOf(file)]);
  const { messages } = await runSampler(['-P', '-x php-many', '-i', '2500']);
  const sentences = messages.filter((message) => message.includes('php_version'));
  expect(sentences).toEqual([expect.stringMatching(/^warn php_version Process /)]);
});
