// PHP's headers, as far as they are installed.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { PHPS } from './php.ts';

/** Folders of installed headers, such as /usr/include/php/20220829. */
export function findHeaders(): string[] {
  return PHPS.flatMap(({ root, version }) => {
    const folder = path.join(root, 'usr/include/php');
    try {
      return readdirSync(folder).map((api) => path.join(folder, api));
    } catch {
      console.log(`Skipped: no headers of the PHP ${version} here (Debian's php-dev).`);
      return [];
    }
  });
}
