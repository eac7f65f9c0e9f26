// Copies of this machine's PHP with other bytes in them. Equal lengths keep the program whole.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Of no version of PHP. */
export const UNKNOWN_API = 20991231;

/** The path of a copy in `folder` that `change` may write into. */
export function changedPhp(folder: string, name: string, change: (bytes: Buffer) => void): string {
  const file = path.join(folder, name);
  const bytes = readFileSync('/usr/bin/php');
  change(bytes);
  writeFileSync(file, bytes, { mode: 0o755 });
  return file;
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): void {
  if (to.length !== from.length || !bytes.includes(from)) throw new Error('PHP is not built as expected.');
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) to.copy(bytes, at);
}

export function replaceText(bytes: Buffer, from: string, to: string): void {
  replaceAll(bytes, Buffer.from(from), Buffer.from(to));
}

/** How zend_module_entry starts: its size, zend_api, zend_debug, zts. */
function moduleHead(api: number, zts: boolean): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32LE(168, 0);
  head.writeUInt32LE(api, 4);
  head[9] = zts ? 1 : 0;
  return head;
}

/** Makes PHP say that it is another one than it is. */
export function pretend(bytes: Buffer, { api, zts = false }: { api?: number; zts?: boolean }): void {
  const information = execFileSync('php', ['-i']).toString();
  const real = Number(/PHP Extension Build => API(\d+)/.exec(information)?.[1]);
  replaceAll(bytes, moduleHead(real, false), moduleHead(api ?? real, zts));
}
