// Where the benchmark works: its temporary folder, a name of its own for its PHPs, and the PHPs themselves.
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';

/** A PHP that scripts are run by; the one of another root sees its files without that. */
export interface Php {
  readonly title: string;
  readonly command: readonly string[];
  /** Puts a script of bench/sampler/php where this PHP can read it, and says where that is. */
  readonly place: (script: string) => string;
}

const SCRIPTS = path.resolve('bench/sampler/php');
/** Made by scripts/php-roots.sh. */
const OLD_ROOT = path.resolve('.setup/roots/bullseye');

export class Place {
  readonly folder = makeFolder('');
  /** What pgrep finds this benchmark's PHPs by: other PHPs on the machine are not touched. */
  readonly php: string;
  private runs = 0;

  constructor() {
    this.php = path.join(this.folder, `sbb${process.pid}`);
    symlinkSync(findProgram('php'), this.php);
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** For a php-fpm pool. */
  nextName(): string {
    this.runs += 1;
    return `bench${process.pid}n${this.runs}`;
  }

  /** This machine's PHP, and PHP 7.4 where its root was made. */
  phps(): readonly Php[] {
    const own: Php = {
      title: 'PHP of this machine',
      command: [this.php, '-n'],
      place: (script) => path.join(SCRIPTS, script),
    };
    const canRunOld = existsSync(path.join(OLD_ROOT, 'usr/bin/php')) && process.getuid?.() === 0;
    return canRunOld ? [own, oldPhp()] : [own];
  }
}

/** Goes with the process, whatever ends that. */
function makeFolder(root: string): string {
  const folder = mkdtempSync(path.join(root, tmpdir(), 'spybridge-bench-'));
  chmodSync(folder, 0o755); // php-fpm's workers run as another user
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function oldPhp(): Php {
  const folder = makeFolder(OLD_ROOT);
  return {
    title: 'PHP 7.4',
    command: ['chroot', OLD_ROOT, '/usr/bin/php', '-n'],
    place: (script) => {
      copyFileSync(path.join(SCRIPTS, script), path.join(folder, script));
      return path.join('/', path.relative(OLD_ROOT, folder), script);
    },
  };
}

function findProgram(name: string): string {
  const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  if (stdout.trim() === '')
    throw new Error(`${name} was not found; on Debian: apt-get install php-cli php-fpm.`);
  return stdout.trim();
}

/** The newest. */
export function findFpm(): string {
  const names = readdirSync('/usr/sbin').filter((name) => /^php-fpm\d/.test(name));
  const newest = names.sort().at(-1);
  if (newest === undefined) throw new Error('php-fpm was not found; on Debian: apt-get install php-fpm.');
  return `/usr/sbin/${newest}`;
}
