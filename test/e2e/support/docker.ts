// A Docker daemon of the tests' own: its data, sockets and mounts are in a folder and in namespaces that end with it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const START_MS = 20_000;
const CGROUPS = '/sys/fs/cgroup';
const SETTINGS = '/etc/docker'; // the daemon writes a key there

export interface Docker {
  /** How to call the client: program and first options. */
  readonly client: readonly string[];
  /** Runs the client to its end; answers what it wrote. Rejects when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** Makes an image of a folder; names as for tar's --exclude are left out. */
  importFolder(folder: string, image: string, excluded?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

interface Daemon {
  readonly ended: Promise<unknown>;
  hasEnded(): boolean;
  kill(): void;
}

/** In a mount namespace, what the daemon mounts is gone with it; in a pid namespace, so is what it starts. */
function startDaemon(folder: string): Daemon {
  const script = `mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs ${SETTINGS} || exit
    dockerd --config-file "$0/daemon.json" --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid" \\
      --host "unix://$0/docker.sock" --cgroup-parent "/${path.basename(folder)}" \\
      --exec-opt native.cgroupdriver=cgroupfs --bridge none --iptables=false --ip6tables=false \\
      --userland-proxy=false >"$0/log" 2>&1 & wait`;
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('unshare', [...namespaces, 'sh', '-c', script, folder], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  return { ended, hasEnded: () => child.exitCode !== null, kill: () => child.kill('SIGKILL') };
}

/** The empty control groups that the daemon leaves. */
function removeGroups(name: string): void {
  const roots = [CGROUPS, ...readdirSync(CGROUPS).map((controller) => path.join(CGROUPS, controller))];
  for (const root of roots) {
    try {
      rmdirSync(path.join(root, name));
    } catch {
      // not in this one
    }
  }
}

/** The reason why a daemon did not start. */
function lastWords(folder: string): string {
  const file = path.join(folder, 'log');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const last = lines.at(-1) ?? '';
  return last === '' ? 'it may not make namespaces or mounts' : last;
}

async function hasDaemon(): Promise<boolean> {
  return execute('dockerd', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Starts a daemon, or says why there can be none here. */
export async function startDocker(): Promise<Docker | string> {
  if (process.getuid?.() !== 0) return 'only root can start a Docker daemon';
  if (!(await hasDaemon())) return "there is no dockerd (Debian's docker.io)";
  const folder = mkdtempSync(path.join(os.tmpdir(), 'spybridge-docker-'));
  const hadSettings = existsSync(SETTINGS);
  mkdirSync(SETTINGS, { recursive: true });
  writeFileSync(path.join(folder, 'daemon.json'), '{}');
  const daemon = startDaemon(folder);
  const client = ['docker', '--config', folder, '--host', `unix://${folder}/docker.sock`];
  const run = async (...args: readonly string[]): Promise<string> =>
    (await execute(client[0]!, [...client.slice(1), ...args])).stdout.trim();
  const stop = async (): Promise<void> => {
    const containers = await run('ps', '--all', '--quiet').catch(() => '');
    if (containers) await run('rm', '--force', ...containers.split('\n'));
    daemon.kill();
    await daemon.ended;
    removeGroups(path.basename(folder));
    if (!hadSettings) rmdirSync(SETTINGS);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const docker = { client, run, stop, importFolder: importer(client) };
  for (const until = Date.now() + START_MS; !(await answers(docker));) {
    if (daemon.hasEnded() || Date.now() > until) {
      const reason = lastWords(folder);
      await stop();
      return `a Docker daemon cannot run here: ${reason}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return docker;
}

async function answers(docker: Pick<Docker, 'run'>): Promise<boolean> {
  return docker.run('version').then(
    () => true,
    () => false,
  );
}

function importer(client: readonly string[]): Docker['importFolder'] {
  return async (folder, image, excluded = []) => {
    const tar = spawn('tar', ['-C', folder, '-c', ...excluded.map((name) => `--exclude=${name}`), '.'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [program, ...first] = client;
    const load = spawn(program!, [...first, 'import', '-', image], { stdio: ['pipe', 'ignore', 'ignore'] });
    await Promise.all([once(load, 'exit'), pipeline(tar.stdout, load.stdin)]);
    if (load.exitCode !== 0) throw new Error(`docker import of ${folder} failed.`);
  };
}

/** Lays the libraries of a program beside it in a folder, as an image that holds nothing else. */
export async function copyWithLibraries(program: string, folder: string): Promise<void> {
  const { stdout } = await execute('ldd', [program]);
  for (const file of stdout.match(/\/\S+/g) ?? []) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    copyFileSync(file, path.join(folder, file));
  }
  copyFileSync(program, path.join(folder, path.basename(program)));
}
