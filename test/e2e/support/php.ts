// The PHPs to sample: this machine's, and those of the roots that scripts/php-roots.sh makes.
import { execFile, spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const repository = path.join(import.meta.dirname, '../../..');
const fixtures = path.join(repository, 'test/fixtures/php');

export interface Php {
  readonly version: string;
  /** The root folder it lives in; `/` for this machine's. */
  readonly root: string;
  readonly fpm: string;
  /** Why tests on it cannot run here, if so. */
  readonly missing?: string;
}

function inRoot(version: string, suite: string): Php {
  const root = path.join(repository, '.setup/roots', suite);
  const php = { version, root, fpm: `/usr/sbin/php-fpm${version}` };
  if (!existsSync(path.join(root, 'usr/bin/php')))
    return { ...php, missing: `no PHP ${version} here: scripts/php-roots.sh makes it or says why not` };
  if (process.getuid?.() !== 0)
    return { ...php, missing: `only root can run the PHP ${version} of another root` };
  return php;
}

function findFpm(): string {
  const names = readdirSync('/usr/sbin').filter((name) => /^php-fpm\d/.test(name));
  return `/usr/sbin/${names.sort().at(-1) ?? 'php-fpm'}`;
}

export const HOST: Php = { version: 'of this machine', root: '/', fpm: findFpm() };
export const PHPS: readonly Php[] = [
  HOST,
  inRoot('7.4', 'bullseye'),
  inRoot('8.4', 'trixie'),
  inRoot('8.5', 'experimental'),
];

/** Says why, if so. */
export function isMissing({ missing }: Php): boolean {
  if (missing !== undefined) console.log(`Skipped: ${missing}.`);
  return missing !== undefined;
}

export interface PhpProcess {
  readonly pid: number;
  /** With the code or the signal it ended by. */
  readonly ended: Promise<number | string | null>;
  stop(): Promise<void>;
}

/** A folder of its own in the PHP's root with the fixtures in it. */
export interface PhpFolder {
  /** As this machine sees it. */
  readonly outside: string;
  /** As the PHP sees it. */
  readonly inside: string;
  readonly remove: () => void;
}

export function makeFolder(php: Php): PhpFolder {
  const outside = mkdtempSync(path.join(php.root, 'tmp/spybridge-'));
  chmodSync(outside, 0o755); // FPM's workers run as another user
  cpSync(fixtures, outside, { recursive: true });
  const inside = `/${path.relative(php.root, outside)}`;
  return {
    outside,
    inside,
    remove: () => {
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

function inside({ root }: Php, command: readonly string[]): [string, ...string[]] {
  return (root === '/' ? command : ['/usr/sbin/chroot', root, ...command]) as [string, ...string[]];
}

/** Starts a program of the PHP's root. Its pid is that of the program: chroot and setpriv only exec. */
export function start(php: Php, command: readonly string[], options: SpawnOptions = {}): PhpProcess {
  const [program, ...args] = inside(php, command);
  const child = spawn(program, args, { stdio: 'ignore', ...options });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject).once('exit', (code, signal) => {
      resolve(signal ?? code);
    });
  });
  ended.catch(() => undefined); // those who care await it themselves
  return {
    pid: child.pid!,
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}

/** What a program of the PHP's root writes to its standard output. */
export async function outputOf(php: Php, command: readonly string[]): Promise<string> {
  const [program, ...args] = inside(php, command);
  const { stdout } = await promisify(execFile)(program, args);
  return stdout;
}

/** Waits until a process runs its program and no longer chroot, and gives PHP a moment to start up. */
export async function startUp({ pid }: PhpProcess): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (readlinkSync(`/proc/${pid}/exe`).endsWith('/chroot')) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} is still chroot.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 300)); // with -p the sampler itself waits another second
}
