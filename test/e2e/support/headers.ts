// PHP's headers, as far as they are installed or fetched by scripts/php-roots.sh.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { HOST, PHPS } from './php.ts';

const fetched = path.join(import.meta.dirname, '../../../.setup/headers');
const places = [...PHPS, { root: fetched, version: HOST.version }].map(({ root, version }) => ({
  version,
  folder: path.join(root, 'usr/include/php'),
}));

/** API number -> its folder, such as 20220829 -> /usr/include/php/20220829. Says which versions have none. */
export function findHeaders(): ReadonlyMap<string, string> {
  for (const version of new Set(places.map((place) => place.version))) {
    if (!places.some((place) => place.version === version && list(place.folder).length > 0))
      console.log(`Skipped: no headers of the PHP ${version} here (Debian's php-dev).`);
  }
  return new Map(places.flatMap(({ folder }) => list(folder).map((api) => [api, path.join(folder, api)])));
}

function list(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
