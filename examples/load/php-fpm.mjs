// @ts-check
// A real php-fpm of one's own, in a folder of its own, with the demo shop in it.
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  chmodSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { request } from './fastcgi.mjs';

const START_TRIES = 200;
const TRY_MS = 25;

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Newest php-fpm in the usual folders; throws with the way out where there is none. */
function findPhpFpm() {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => /^php-fpm(\d|$)/.test(name))
        .map((name) => path.join(folder, name));
    } catch {
      return []; // PATH may name folders that are not there
    }
  });
  const newest = found.sort((a, b) => path.basename(a).localeCompare(path.basename(b))).at(-1);
  if (newest === undefined)
    throw new Error('php-fpm was not found; on Debian: apt-get install php-fpm php-sqlite3.');
  return newest;
}

/**
 * @typedef {object} PhpFpm
 * @property {string} socket
 * @property {string} folder as seen from here; with `root` PHP sees it without that
 * @property {number} pid of the master
 * @property {(uri: string, script?: string) => Promise<{headers: string, body: string, errors: string}>} get
 * @property {() => Promise<void>} stop ends it and removes its folder
 */

/**
 * @param {string} folder
 * @param {{workers: number, maxRequests?: number, ini?: Record<string, string>}} options
 */
function configuration(folder, { workers, maxRequests = 0, ini = {} }) {
  const asRoot = process.getuid?.() === 0;
  return `[global]
error_log = ${folder}/fpm.log
daemonize = no
[www]
listen = ${folder}/fpm.sock
listen.mode = 0600
${asRoot ? 'user = www-data\ngroup = www-data' : ''}
pm = static
pm.max_children = ${workers}
pm.max_requests = ${maxRequests}
clear_env = no
${Object.entries(ini)
  .map(([key, value]) => `php_admin_value[${key}] = ${value}`)
  .join('\n')}
`;
}

/**
 * Starts php-fpm with the demo shop (examples/demo-app) and waits until it answers.
 * @param {{workers?: number, maxRequests?: number, ini?: Record<string, string>, env?: Record<string, string>,
 *   binary?: string, root?: string}} [options] `root`: a folder with a system of its own, for chroot; `binary` is seen from there
 * @returns {Promise<PhpFpm>}
 */
export async function startPhpFpm({
  workers = 4,
  maxRequests,
  ini,
  env = {},
  binary = findPhpFpm(),
  root = '',
} = {}) {
  const folder = mkdtempSync(path.join(root, os.tmpdir(), 'spybridge-fpm-'));
  chmodSync(folder, 0o755); // the workers run as another user
  cpSync(path.join(import.meta.dirname, '../demo-app'), path.join(folder, 'app'), { recursive: true });
  mkdirSync(path.join(folder, 'data'), { mode: 0o777 });
  chmodSync(path.join(folder, 'data'), 0o777);
  const options = {
    workers,
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(ini === undefined ? {} : { ini }),
  };
  /** The folder as PHP sees it. */
  const inside = folder.slice(root.length);
  writeFileSync(path.join(folder, 'fpm.conf'), configuration(inside, options));
  const [program = binary, ...args] = [...(root === '' ? [] : ['chroot', root]), binary];
  const master = spawn(program, [...args, '-F', '-y', path.join(inside, 'fpm.conf')], {
    stdio: 'ignore',
    env: { ...process.env, DEMO_DATABASE: path.join(inside, 'data/shop.sqlite'), ...env },
  });
  const ended = new Promise((resolve) => master.once('exit', resolve).once('error', resolve));
  const stop = async () => {
    master.kill('SIGTERM');
    const timer = setTimeout(() => master.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  const socket = path.join(folder, 'fpm.sock');
  const index = path.join(inside, 'app/public/index.php');
  /** @param {string} uri @param {string} [script] */
  const get = (uri, script = index) =>
    request(socket, {
      ...{ GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'GET' },
      ...{ SCRIPT_FILENAME: script, SCRIPT_NAME: '/index.php', REQUEST_URI: uri },
      ...{ QUERY_STRING: uri.split('?')[1] ?? '', REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'shop.test' },
    });
  for (let tries = 1; ; tries++) {
    try {
      await get('/products?q=warm');
      return { socket, folder, pid: Number(master.pid), get, stop };
    } catch (error) {
      if (tries < START_TRIES && master.exitCode === null && master.signalCode === null) {
        await pause(TRY_MS);
        continue;
      }
      const log = readLog(path.join(folder, 'fpm.log'));
      await stop();
      throw new Error(`php-fpm did not start: ${log || String(error)}`, { cause: error });
    }
  }
}

/** @param {string} file */
function readLog(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
