// A php-fpm of the benchmark's own, with one pool that pgrep finds by its title.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../../examples/load/fastcgi.mjs';
import { Child } from './children.ts';
import type { Place } from './place.ts';
import { findFpm } from './place.ts';

export interface PoolOptions {
  readonly workers: number;
  /** A worker ends after so many requests and a new one takes its place. */
  readonly maxRequests?: number;
  /** Neither php.ini nor extensions, opcache among them. */
  readonly isBare?: boolean;
}

const FIRST_TRIES = 100;
const TRY_MS = 50;

export class Pool {
  /** For both programs: the title of its workers and of nothing else. */
  readonly pgrep: string;
  private readonly master: Child;
  private readonly socket: string;

  private constructor(name: string, master: Child, socket: string) {
    this.pgrep = `-f "^php-fpm: pool ${name}"`;
    this.master = master;
    this.socket = socket;
  }

  /** `script` must answer, so that the pool is known to work. */
  static async start(place: Place, script: string, options: PoolOptions): Promise<Pool> {
    const name = place.nextName();
    const socket = place.file(`${name}.sock`);
    writeFileSync(place.file(`${name}.conf`), configuration(name, socket, place, options));
    const words = [...(options.isBare === true ? ['-n'] : []), '-F', '-y', place.file(`${name}.conf`)];
    const master = new Child([findFpm(), ...words], { endSignal: 'SIGTERM' });
    const pool = new Pool(name, master, socket);
    for (let tries = 1; ; tries += 1) {
      try {
        await pool.get(script, '/first');
        return pool;
      } catch (error) {
        if (tries < FIRST_TRIES && master.exitCode === null) {
          await sleep(TRY_MS);
          continue;
        }
        await pool.stop();
        const log = readFileSync(place.file(`${name}.log`), 'utf8');
        throw new Error(`php-fpm does not work: ${log}`, { cause: error });
      }
    }
  }

  /** The microseconds that the script says it took. Rejects when it did not run to its end. */
  async get(script: string, uri: string): Promise<number> {
    const { headers, body } = await request(this.socket, {
      ...{ GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'GET' },
      ...{ SCRIPT_FILENAME: script, SCRIPT_NAME: '/index.php', REQUEST_URI: uri },
      ...{ QUERY_STRING: uri.split('?')[1] ?? '', HTTP_HOST: 'shop.test', REMOTE_ADDR: '127.0.0.1' },
    });
    const [, micros] = /X-Duration-Us: (\d+)/.exec(headers) ?? [];
    if (micros === undefined) throw new Error(`php-fpm answered: ${headers}\n${body.slice(0, 500)}`);
    return Number(micros);
  }

  stop(): Promise<void> {
    return this.master.stop();
  }
}

function configuration(
  name: string,
  socket: string,
  place: Place,
  { workers, maxRequests = 0 }: PoolOptions,
) {
  const user = process.getuid?.() === 0 ? 'user = www-data\ngroup = www-data\n' : '';
  return `[global]
error_log = ${place.file(`${name}.log`)}
daemonize = no
[${name}]
listen = ${socket}
listen.backlog = 511
${user}pm = static
pm.max_children = ${workers}
pm.max_requests = ${maxRequests}
php_admin_value[max_execution_time] = 0
`;
}

/**
 * A script that says how long it ran, from its first line to its last: the time in which it can be sampled. It looks at its URI
 * as applications do: PHP makes $_SERVER for those who use it.
 */
export function timedScript(source: string, call: string): string {
  return `${source.replace('<?php\n', "<?php $started = hrtime(true); $uri = $_SERVER['REQUEST_URI'];\n")}${call}
header(sprintf('X-Duration-Us: %d', (hrtime(true) - $started) / 1000));
`;
}
