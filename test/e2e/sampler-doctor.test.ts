// What doctor says of a process, and what the sampler then does with it, agree.
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import { changedPhp, pretend, UNKNOWN_API } from './support/changed-php.ts';
import type { PhpProcess } from './support/php.ts';
import { HOST, isMissing, PHPS, start } from './support/php.ts';
import { runSampler } from './support/sampler-run.ts';

const PROGRAM = path.join(import.meta.dirname, '../../bin/spybridge.js');
const LOOP = ['-r', 'function work() { while (true) usleep(200); } work();'];
const processes: PhpProcess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const process of processes.splice(0)) await process.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The line about the process, once PHP has started up in it. */
async function ask(pid: number): Promise<string> {
  let line = '';
  await expect
    .poll(
      async () => {
        const { stdout } = await execa('node', [PROGRAM, 'doctor', '--pid', String(pid)], { reject: false });
        line = stdout.split('\n').find((text) => text.includes(`process ${pid} `)) ?? '';
        return line;
      },
      { timeout: 10_000 },
    )
    .not.toMatch(/not started up|runs no PHP code/);
  return line;
}

for (const php of PHPS) {
  test.skipIf(isMissing(php))(`PHP ${php.version}: can be read, and is`, async () => {
    const process = start(php, ['php', ...LOOP]);
    processes.push(process);
    expect(await ask(process.pid)).toMatch(/^ok .*its stacks can be read\.$/);
    const { samples } = await runSampler(['-p', String(process.pid), '-l', '10']);
    expect(samples).toHaveLength(10);
  });
}

test('a program that was stripped and deleted since: can be read, and is', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'stripped-'));
  folders.push(folder);
  const copy = path.join(folder, 'php');
  copyFileSync(realpathSync('/usr/bin/php'), copy);
  await execa('strip', ['--strip-all', copy]);
  const process = start(HOST, [copy, ...LOOP]);
  processes.push(process);
  await ask(process.pid);
  rmSync(copy);
  expect(await ask(process.pid)).toMatch(/^ok .*its stacks can be read\.$/);
  const { samples } = await runSampler(['-p', String(process.pid), '-l', '10']);
  expect(samples).toHaveLength(10);
});

test('a command that is no PHP: cannot be, and is not', async () => {
  const process = start(HOST, ['sleep', '60']);
  processes.push(process);
  expect(await ask(process.pid)).toMatch(/^BAD .*is not PHP/);
  const { exitCode, samples } = await runSampler(['-p', String(process.pid)]);
  expect([exitCode, samples]).toEqual([69, []]);
});

test('a PHP of a version that nobody knows: cannot be, and is not', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'unknown-'));
  folders.push(folder);
  const file = changedPhp(folder, 'php', (bytes) => {
    pretend(bytes, { api: UNKNOWN_API });
  });
  const process = start(HOST, [file, ...LOOP]);
  processes.push(process);
  const line = await ask(process.pid);
  expect(line).toMatch(/^BAD .*API 20991231.*: This PHP version is not supported; 7\.4 to 8\.5 are\.$/);
  const { exitCode, samples } = await runSampler(['-p', String(process.pid)]);
  expect([exitCode, samples]).toEqual([69, []]);
});
