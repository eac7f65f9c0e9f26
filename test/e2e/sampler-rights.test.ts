// What the sampler may do as an unprivileged user: nothing to the processes of others, or all with CAP_SYS_PTRACE alone.
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startFpm } from './support/fpm.ts';
import type { PhpProcess } from './support/php.ts';
import { HOST, start, startUp } from './support/php.ts';
import { runSampler, SAMPLER, startSampler, stackOf } from './support/sampler-run.ts';
import { expectWhole } from './support/shapes.ts';
import { expectStacksWithFacts, FACT_KEYS, FACT_OPTIONS, loadDuring } from './support/web.ts';

const DEEP = [path.join(import.meta.dirname, '../fixtures/php/deep.php'), '3'];
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
const WITH_PTRACE = [
  ...[...NOBODY, '--inh-caps=-all,+sys_ptrace', '--ambient-caps=-all,+sys_ptrace'],
  '--bounding-set=-all,+sys_ptrace',
];
const SENTENCE =
  /not_permitted Process \d+: .*CAP_SYS_PTRACE \(Docker: --cap-add SYS_PTRACE; Kubernetes: securityContext\.capabilities\.add: \[SYS_PTRACE\], .*shareProcessNamespace: true; systemd: AmbientCapabilities=CAP_SYS_PTRACE\).*kernel\.yama\.ptrace_scope.*\.$/;
const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log('Skipped: only root can run the sampler as another user.');
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function makeTemporary(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-bin-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  chmodSync(folder, 0o755);
  return folder;
}

/** A copy of a program where anyone can run it. */
function copyProgram(file: string, name: string): string {
  const copy = path.join(makeTemporary(), name);
  copyFileSync(file, copy);
  return copy;
}

/** A process of root that has started up. */
async function run(...command: string[]): Promise<PhpProcess> {
  const started = start(HOST, command);
  cleanups.push(() => started.stop());
  await startUp(started);
  return started;
}

describe.runIf(asRoot)('a sampler of an unprivileged user', () => {
  test.each([
    ['-p', (pid: number) => ['-p', String(pid)]],
    ['-P', () => ['-P', '-x php-of-root']],
  ])('%s of the process of another user ends with 77 and says what to grant', async (_, arguments_) => {
    const file = copyProgram('/usr/bin/php', 'php-of-root');
    await run('sh', '-c', '"$0" -n -r "" & exec sleep 60', file); // a zombie of that name hides nothing
    const { pid } = await run(file, '-n', ...DEEP);
    const options = { wrapper: NOBODY, sampler: copyProgram(SAMPLER, 'sampler') };
    const { exitCode, messages, samples } = await runSampler([...arguments_(pid), '-i', '5000'], options);
    expect(exitCode).toBe(77);
    expect(new Set(messages.map((message) => message.replace(/^warn|^error/, '')))).toHaveProperty('size', 1);
    expect(messages[0]).toMatch(SENTENCE);
    expect(samples).toEqual([]);
  });

  test('CAP_SYS_PTRACE is all that it needs for a process of root', async () => {
    const { pid } = await run('php', ...DEEP);
    const options = { wrapper: WITH_PTRACE, sampler: copyProgram(SAMPLER, 'sampler') };
    const { samples } = await runSampler(['-p', String(pid), '-l', '20'], options);
    expect(new Set(samples.map(stackOf))).toEqual(new Set(['<main>;down;down;down;down;work;usleep']));
  });

  test('CAP_SYS_PTRACE is all that it needs for the workers of www-data and their requests', async () => {
    const fpm = await startFpm(HOST);
    cleanups.push(() => fpm.stop());
    const options = { wrapper: WITH_PTRACE, sampler: copyProgram(SAMPLER, 'sampler'), facts: FACT_KEYS };
    const sampler = startSampler(['-P', fpm.pattern, '-H', '199', '-l', '1500', ...FACT_OPTIONS], options);
    const result = await loadDuring(fpm, sampler.result);
    expectStacksWithFacts(result.samples);
    expectWhole(result);
  });

  test('without it the workers of www-data are refused with 77', async () => {
    const fpm = await startFpm(HOST);
    cleanups.push(() => fpm.stop());
    const options = { wrapper: NOBODY, sampler: copyProgram(SAMPLER, 'sampler') };
    const { exitCode, messages, samples } = await runSampler(['-P', fpm.pattern, '-i', '5000'], options);
    expect(messages.at(-1)).toMatch(SENTENCE);
    expect({ exitCode, samples }).toEqual({ exitCode: 77, samples: [] });
  });
});
