// php-fpm of any of the roots, with the scripts of the fixtures.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { request } from '../../../examples/load/fastcgi.mjs';
import type { Mode } from './modes.ts';
import { iniOptions } from './modes.ts';
import type { Php, PhpFolder } from './php.ts';
import { makeFolder, start } from './php.ts';
import type { WebServer } from './web.ts';
import { answering } from './web.ts';

export interface FpmOptions {
  readonly mode?: Mode;
  /** Instead of the php-fpm of the PHP. */
  readonly program?: string;
  readonly children?: number;
  /** A worker ends after so many. */
  readonly maxRequests?: number;
  /** The pool's name, by which its workers are found; that of its folder unless given. */
  readonly pool?: string;
}

export interface Fpm extends WebServer {
  /** The folder of the fixtures, as PHP sees it. */
  readonly inside: string;
  /** `change`: FastCGI parameters that are other than usual. */
  get(uri: string, change?: Readonly<Record<string, string>>): Promise<string>;
}

function configuration({ inside }: PhpFolder, pool: string, options: FpmOptions): string {
  const { children = 3, maxRequests = 0 } = options;
  const user = process.getuid?.() === 0 ? 'user = www-data\ngroup = www-data\n' : '';
  return (
    `[global]\nerror_log = ${inside}/fpm.log\ndaemonize = no\n[${pool}]\nlisten = ${inside}/fpm.sock\n` +
    `${user}pm = static\npm.max_children = ${children}\npm.max_requests = ${maxRequests}\n`
  );
}

export async function startFpm(php: Php, options: FpmOptions = {}): Promise<Fpm> {
  const folder = makeFolder(php);
  const { mode, program = php.fpm, pool = path.basename(folder.outside) } = options;
  writeFileSync(path.join(folder.outside, 'fpm.conf'), configuration(folder, pool, options));
  const ini = ['-d', 'max_execution_time=0', ...(mode ? iniOptions(mode) : [])];
  const master = start(php, [program, '-F', '-y', `${folder.inside}/fpm.conf`, ...ini]);
  return answering({
    pid: master.pid,
    inside: folder.inside,
    pattern: `^php-fpm: pool ${pool}$`,
    get: async (uri: string, change: Readonly<Record<string, string>> = {}) => {
      const name = existsSync(path.join(folder.outside, uri)) ? uri : '/front.php';
      const { body } = await request(path.join(folder.outside, 'fpm.sock'), {
        ...{ GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'GET' },
        ...{ SCRIPT_FILENAME: folder.inside + name, SCRIPT_NAME: name, REQUEST_URI: uri },
        ...{ QUERY_STRING: uri.split('?')[1] ?? '', HTTP_COOKIE: 'crumb=1', HTTP_HOST: 'shop.test' },
        ...change,
      });
      if (!body.includes('done')) throw new Error(`php-fpm answered: ${body}`);
      return body;
    },
    stop: async () => {
      try {
        process.kill(master.pid, 'SIGTERM'); // the master ends its workers
      } catch {
        // it did not even start
      }
      await master.ended;
      folder.remove();
    },
  });
}
