// Debian's Apache with PHP as a module, with a configuration of its own: nothing of the machine's is read but modules.
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { request } from 'undici';
import type { Mode } from './modes.ts';
import type { PhpFolder } from './php.ts';
import { HOST, makeFolder, start } from './php.ts';
import type { WebServer } from './web.ts';
import { answering } from './web.ts';

const PROGRAM = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';
const phpModule = findModule();

function findModule(): string | undefined {
  const names = existsSync(MODULES) ? readdirSync(MODULES) : [];
  return names
    .filter((name) => /^libphp.*\.so$/.test(name))
    .sort()
    .at(-1);
}

/** Says why, if Apache cannot be run here. */
export function isApacheMissing(): boolean {
  const isMissing = !existsSync(PROGRAM) || phpModule === undefined;
  if (isMissing) console.log('Skipped: no Apache with PHP here (Debian: libapache2-mod-php).');
  return isMissing;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function configuration(folder: string, port: number): string {
  return `ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
Mutex file:${folder}
Listen 127.0.0.1:${port}
ServerName shop.test
LoadModule mpm_prefork_module ${MODULES}/mod_mpm_prefork.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule dir_module ${MODULES}/mod_dir.so
LoadModule php_module ${MODULES}/${phpModule!}
StartServers 3
MaxRequestWorkers 4
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
PHPIniDir ${folder}
DocumentRoot ${folder}
FallbackResource /front.php
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
`;
}

function write({ outside }: PhpFolder, mode: Mode, port: number): void {
  const ini = Object.entries({ max_execution_time: '0', ...mode.ini });
  writeFileSync(path.join(outside, 'php.ini'), ini.map(([name, value]) => `${name}=${value}\n`).join(''));
  writeFileSync(path.join(outside, 'apache.conf'), configuration(outside, port));
}

export async function startApache(mode: Mode): Promise<WebServer> {
  const folder = makeFolder(HOST);
  const port = await freePort();
  write(folder, mode, port);
  const file = path.join(folder.outside, 'apache.conf');
  const master = start(HOST, [PROGRAM, '-f', file, '-D', 'FOREGROUND'], {
    detached: true, // at its end it sends SIGTERM to its whole group, which the tests would be in
    env: { ...process.env, PHP_INI_SCAN_DIR: `:${folder.outside}` }, // last of all: Debian's own files turn the JIT off
  });
  return answering({
    pid: master.pid,
    pattern: `-f ${file}`,
    get: async (uri) => {
      const headers = { host: 'shop.test', cookie: 'crumb=1' };
      const { statusCode, body } = await request(`http://127.0.0.1:${port}${uri}`, { headers });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`Apache answered ${statusCode}: ${text}`);
      return text;
    },
    stop: async () => {
      try {
        process.kill(master.pid, 'SIGTERM'); // the master ends its children
      } catch {
        console.log(readFileSync(path.join(folder.outside, 'error.log'), 'utf8')); // it did not even start
      }
      await master.ended;
      folder.remove();
    },
  });
}
