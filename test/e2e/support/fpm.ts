// php-fpm of any of the roots, with the front controller of the fixtures.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { request } from '../../../examples/load/fastcgi.mjs';
import type { Php, PhpFolder } from './php.ts';
import { makeFolder, start } from './php.ts';

export interface Fpm {
  /** Of the master. */
  readonly pid: number;
  /** The folder of the fixtures, as PHP sees it. */
  readonly inside: string;
  /** Asks for the front controller, or the script and with the parameters given. */
  get(uri: string, change?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_TRIES = 100;

function configuration({ inside }: PhpFolder, pool: string): string {
  const user = process.getuid?.() === 0 ? 'user = www-data\ngroup = www-data\n' : '';
  return (
    `[global]\nerror_log = ${inside}/fpm.log\ndaemonize = no\n[${pool}]\nlisten = ${inside}/fpm.sock\n` +
    `${user}pm = static\npm.max_children = 2\n`
  );
}

/** The title of its workers is `php-fpm: pool POOL`. */
export async function startFpm(php: Php, pool = 'www'): Promise<Fpm> {
  const folder = makeFolder(php);
  writeFileSync(path.join(folder.outside, 'fpm.conf'), configuration(folder, pool));
  const master = start(php, [php.fpm, '-F', '-y', `${folder.inside}/fpm.conf`]);
  const get = async (uri: string, change: Readonly<Record<string, string>> = {}): Promise<void> => {
    const { body } = await request(path.join(folder.outside, 'fpm.sock'), {
      ...{ GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'GET' },
      ...{ SCRIPT_FILENAME: `${folder.inside}/front.php`, SCRIPT_NAME: '/front.php', REQUEST_URI: uri },
      ...{ QUERY_STRING: uri.split('?')[1] ?? '', HTTP_COOKIE: 'crumb=1', HTTP_HOST: 'shop.test' },
      ...change,
    });
    if (!body.includes('done')) throw new Error(`php-fpm answered: ${body}`);
  };
  const stop = async (): Promise<void> => {
    try {
      process.kill(master.pid, 'SIGTERM'); // the master ends its workers
    } catch {
      // it did not even start
    }
    await master.ended;
    folder.remove();
  };
  for (let tries = 1; ; tries++) {
    try {
      await get('/first');
      return { pid: master.pid, inside: folder.inside, get, stop };
    } catch (error) {
      if (tries === FIRST_TRIES) {
        await stop();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
