// PHP in a Docker container, with files, users and process numbers of its own: sampled from the host, and from a sidecar
// that shares the container's processes and nothing else.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Docker } from './support/docker.ts';
import { copyWithLibraries, startDocker } from './support/docker.ts';
import { HOST, isMissing, makeFolder, PHPS } from './support/php.ts';
import type { SamplerResult } from './support/sampler-run.ts';
import { runSampler, SAMPLER } from './support/sampler-run.ts';
import { expectOnly, expectWhole, SHAPES_STACKS } from './support/shapes.ts';

const LIMITS = ['-H', '199', '-l', '600'];
const OF_OTHERS = [
  './proc',
  './sys',
  './dev',
  './tmp',
  './usr/share',
  './usr/include',
  './var/cache',
  './var/lib',
];
const php = PHPS.find(({ version }) => version === '7.4')!;
const cleanups: (() => unknown)[] = [];
let docker: Docker | string;
let container = '';
let title = '';

/** A daemon that can run a container, or why there is none. */
async function prepare(): Promise<Docker | string> {
  if (isMissing(php)) return 'no PHP to put into a container';
  const daemon = await startDocker();
  if (typeof daemon === 'string') return daemon;
  cleanups.push(() => daemon.stop());
  await importSampler(daemon);
  return daemon.run('run', '--rm', '--network', 'none', 'sidecar', '/sampler', '--version').then(
    () => daemon,
    (error: unknown) => `no container can run here: ${String(error)}`,
  );
}

beforeAll(async () => {
  const daemon = await prepare();
  docker = daemon;
  if (typeof daemon === 'string') {
    console.log(`Skipped: ${daemon}`);
    return;
  }
  await daemon.importFolder(php.root, 'target', OF_OTHERS);
  const folder = makeFolder(HOST);
  cleanups.unshift(folder.remove);
  title = path.basename(folder.outside); // in its command line: a name that no other process has
  container = await daemon.run(
    ...['run', '--detach', '--network', 'none', '--user', '33', '--tmpfs', '/tmp'],
    ...['--volume', `${folder.outside}:/app:ro`, 'target', 'php', '/app/shapes.php', title],
  );
});

afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An image with the sampler, and without a PHP or anything else. */
async function importSampler(daemon: Docker): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-sidecar-'));
  try {
    await copyWithLibraries(SAMPLER, folder);
    await daemon.importFolder(folder, 'sidecar');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function needDocker({ skip }: TestContext): Docker {
  if (typeof docker === 'string') return skip(docker);
  return docker;
}

function runSidecar(daemon: Docker, options: string[], args: string[]): Promise<SamplerResult> {
  const share = ['--pid', `container:${container}`, '--network', 'none', ...options];
  const wrapper = [...daemon.client, 'run', '--rm', ...share, 'sidecar'];
  return runSampler(args, { wrapper, sampler: '/sampler' });
}

/** The process as the host numbers it. */
function findPid(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const commandOf = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return ''; // it has ended
    }
  };
  return pids.find((pid) => commandOf(pid) === `php\0/app/shapes.php\0${title}\0`) ?? '';
}

function expectShapes(result: SamplerResult): void {
  expectOnly(result.samples, SHAPES_STACKS);
  expectWhole(result);
  expect(result.samples).toHaveLength(600);
}

test.for([
  ['by pid', () => ['-p', findPid()]],
  ['by command line', () => ['-P', `-f ${title}`]],
] as const)('the host samples a container %s', async ([, target], context) => {
  needDocker(context);
  expectShapes(await runSampler([...target(), ...LIMITS]));
});

test('a sidecar samples it by pid and by name, with CAP_SYS_PTRACE and without its files', async (context) => {
  const daemon = needDocker(context);
  const right = ['--cap-add', 'SYS_PTRACE'];
  expectShapes(await runSidecar(daemon, right, ['-p', '1', ...LIMITS]));
  expectShapes(await runSidecar(daemon, right, ['-P', '-x php', ...LIMITS]));
});

test('a sidecar without CAP_SYS_PTRACE ends with 77 and says what to grant', async (context) => {
  const daemon = needDocker(context);
  const { exitCode, messages, samples } = await runSidecar(daemon, [], ['-p', '1', ...LIMITS]);
  expect(messages).toEqual([
    expect.stringMatching(/not_permitted Process 1: .*Docker: --cap-add SYS_PTRACE/),
  ]);
  expect({ exitCode, samples }).toEqual({ exitCode: 77, samples: [] });
});
