// The bundled sampler on real PHP processes of several versions and kinds. Roots with other versions are made by
// scripts/php-roots.sh; where they can't be made, it says why.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { drive } from '../../examples/load/driver.mjs';
import { startPhpFpm } from '../../examples/load/php-fpm.mjs';

const repository = path.join(import.meta.dirname, '../..');
const SAMPLER = path.join(repository, 'native/build/sampler');
const PROGRAM = path.join(repository, 'bin/spybridge.js');
const SHAPES = path.join(repository, 'test/fixtures/php/shapes.php');
const MIXED = path.join(repository, 'test/fixtures/php/mixed.php');
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface System {
  readonly name: string;
  /** '' is this machine. */
  readonly root: string;
  readonly fpm?: string;
}

const systems: readonly System[] = [
  { name: 'PHP of this machine', root: '' },
  {
    name: 'PHP 7.4 in a chroot',
    root: path.join(repository, '.setup/roots/bullseye'),
    fpm: '/usr/sbin/php-fpm7.4',
  },
  {
    name: 'PHP 8.4 in a chroot',
    root: path.join(repository, '.setup/roots/trixie'),
    fpm: '/usr/sbin/php-fpm8.4',
  },
];
const isThere = ({ root }: System): boolean => root === '' || existsSync(path.join(root, '.complete'));

/** Copies a file to where the PHP of a system can read it; the path as PHP sees it. */
function place(file: string, root: string): string {
  const folder = mkdtempSync(path.join(root, tmpdir(), 'sampler-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true });
  });
  chmodSync(folder, 0o755); // FPM's workers run as another user
  const copy = path.join(folder, path.basename(file));
  copyFileSync(file, copy);
  return copy.slice(root.length);
}

/** Starts a command and waits for its first output. */
async function start(command: readonly string[]): Promise<number> {
  const [program = '', ...args] = command;
  const child = execa(program, args, { reject: false, buffer: false, stderr: 'ignore' });
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await child;
  });
  const ended = child.then(({ exitCode }) => {
    throw new Error(`${program} ended with ${exitCode} before it said anything.`);
  });
  ended.catch(() => undefined); // that it ends later is fine
  await Promise.race([ended, new Promise((resolve) => child.stdout.once('data', resolve))]);
  return child.pid!;
}

/** Runs the sampler to its end; its traces as texts, root first. */
async function sample(
  args: readonly string[],
): Promise<{ stacks: string[]; stderr: string; exitCode: number }> {
  const { stdout, stderr, exitCode = -1 } = await execa(SAMPLER, args, { reject: false, maxBuffer: 1e8 });
  const traces = stdout.split('\n\n').filter((trace) => trace !== '');
  const stacks = traces.map((trace) =>
    trace
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) =>
        line.replace(/^\d+ (.*) \S+$/, '$1').replace(/^App\\\{closure\}$|^\{closure:.*\}$/, '{closure}'),
      )
      .reverse()
      .join(' '),
  );
  return { stacks, stderr, exitCode };
}

const LEAF = 'App\\Shapes::leaf';
const CALLERS = [
  'App\\Shapes::recurse '.repeat(4),
  'App\\generate ',
  '{closure} ',
  '<main> ',
  'App\\Shapes::__call ',
  'array_map {closure} ',
];
/** A sample may also come between the steps of a call. */
const allowed = new Set(['<main>', '<main> usleep', '<main> array_map', '<main> App\\delegate']);
for (const callers of CALLERS) {
  const frames = `${callers}${LEAF} microtime`.split(' ');
  for (let n = 0; n <= frames.length; n++) allowed.add(['<main>', ...frames.slice(0, n)].join(' '));
}

const doctor = (pid: number): Promise<{ stdout: string; exitCode?: number | undefined }> =>
  execa('node', [PROGRAM, 'doctor', '--pid', String(pid)], { reject: false });

describe.each(systems)('$name', (system) => {
  const { root, fpm } = system;
  const inRoot = root === '' ? [] : ['chroot', root];
  const onlyThere = test.skipIf(!isThere(system));

  onlyThere('of the command line gives the expected stacks and no other', async () => {
    const pid = await start([...inRoot, 'php', place(SHAPES, root)]);
    const { stacks, exitCode } = await sample(['-p', String(pid), '-H', '499', '-i', '2000']);
    expect(exitCode).toBe(0);
    expect((await doctor(pid)).stdout).toMatch(/^ok +process \d+ .*its stacks can be read/m);
    expect(stacks.length).toBeGreaterThan(500);
    expect([...new Set(stacks)].filter((stack) => !allowed.has(stack))).toEqual([]);
    const seen = new Set(stacks);
    for (const callers of CALLERS) expect(seen).toContain(`<main> ${callers}${LEAF}`);
  });

  onlyThere('under FPM gives the URI of a front controller with its own stack', async () => {
    const server = await startPhpFpm({ root, ...(fpm === undefined ? {} : { binary: fpm }) });
    cleanups.push(server.stop);
    const script = place(MIXED, root);
    const sampling = execa(
      SAMPLER,
      ['-P', 'php-fpm', '-H', '299', '-i', '4000', '-g', 'server.REQUEST_URI'],
      { maxBuffer: 1e8 },
    );
    const mix = Array.from({ length: 31 }, (_, n) => `/pretty/url/${n}?n=${n}`);
    await drive({ get: (uri) => server.get(uri, script) }, { users: 2, mix, ms: 3_500 });
    const { stdout } = await sampling;
    let checked = 0;
    for (const trace of stdout.split('\n\n')) {
      const uri = /^# glopeek server\.REQUEST_URI = \/pretty\/url\/(\d+)\?n=\1$/m.exec(trace);
      const worked = /^\d+ work_(\d+) /m.exec(trace);
      if (worked === null) continue;
      expect(worked[1]).toBe(uri?.[1]);
      checked += 1;
    }
    expect(checked).toBeGreaterThan(300);
  });
});

describe('a process that changes', () => {
  test('and ends is forgotten, and the sampler ends well when it was the only one', async () => {
    const pid = await start([
      'php',
      '-r',
      'echo "up"; function f() { $t = microtime(true) + 1; while (microtime(true) < $t) {} } f();',
    ]);
    const { stacks, exitCode, stderr } = await sample(['-p', String(pid), '-H', '199']);
    expect(exitCode, stderr).toBe(0);
    expect(stacks.length).toBeGreaterThan(50);
  });

  test('into another program by exec is followed', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'exec-'));
    cleanups.push(() => {
      rmSync(folder, { recursive: true });
    });
    for (const name of ['first', 'second']) {
      const loop =
        '$t = microtime(true) + 1; while (microtime(true) < $t) { for ($i = 0; $i < 1000; $i++); }';
      writeFileSync(path.join(folder, `${name}.php`), `<?php function ${name}() { ${loop} } ${name}();`);
    }
    const script = path.join(folder, 'run.sh');
    writeFileSync(script, `echo up; php ${folder}/first.php; exec php ${folder}/second.php\n`);
    const sampling = sample(['-P', `-f ${folder}`, '-H', '199', '-i', '4000']);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await start(['sh', script]);
    const { stacks, stderr } = await sampling;
    const count = (name: string): number => stacks.filter((stack) => stack === `<main> ${name}`).length;
    expect(count('first'), stderr).toBeGreaterThan(50);
    expect(count('second'), stderr).toBeGreaterThan(50);
    expect(stacks.filter((stack) => !/^<main>( first| second)?( microtime)?$/.test(stack))).toEqual([]);
  });

  test('whose program was stripped and deleted is still sampled', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stripped-'));
    cleanups.push(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const copy = path.join(folder, 'php');
    const { stdout: original } = await execa('readlink', ['-f', '/usr/bin/php']);
    copyFileSync(original, copy);
    await execa('strip', ['--strip-all', copy]);
    const script = path.join(folder, 'loop.php');
    writeFileSync(
      script,
      '<?php echo "up"; function f() { while (true) { for ($i = 0; $i < 1000; $i++); } } f();',
    );
    const pid = await start([copy, script]);
    rmSync(copy);
    expect(await doctor(pid)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('can be read') as string,
    });
    const { stacks, exitCode, stderr } = await sample(['-p', String(pid), '-H', '199', '-i', '1000']);
    expect(exitCode, stderr).toBe(0);
    expect(new Set(stacks)).toEqual(new Set(['<main> f']));
  });
});

test('a PHP of another version is refused with a sentence that names it, by the sampler and by doctor', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'other-'));
  cleanups.push(() => {
    rmSync(folder, { recursive: true });
  });
  const { stdout: original } = await execa('readlink', ['-f', '/usr/bin/php']);
  const { stdout } = await execa('php', ['-i']);
  const api = Number(/^PHP Extension => (\d+)/m.exec(stdout)?.[1]);
  // The same program with a module API that no PHP has: that number tells the layout of PHP's memory.
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const program = readFileSync(original)
    .toString('latin1')
    .replaceAll(number(api).toString('latin1'), number(api + 1).toString('latin1'));
  const copy = path.join(folder, 'php');
  writeFileSync(copy, program, { encoding: 'latin1', mode: 0o755 });
  const pid = await start([copy, '-n', '-r', 'echo "up"; while (true) usleep(1000);']);
  const { stderr, exitCode } = await sample(['-p', String(pid), '-i', '2000']);
  expect([exitCode, stderr]).toEqual([
    69,
    expect.stringMatching(new RegExp(`PHP 8.*API ${api + 1}.*PHP version is not supported`)),
  ]);
  expect(await doctor(pid)).toMatchObject({
    exitCode: 69,
    stdout: expect.stringContaining('not supported') as string,
  });
});

describe('the bridge with the bundled sampler', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'exits with 77 and says what to grant without the right (needs root)',
    async () => {
      const pid = await start(['php', '-r', 'echo "up"; while (true) usleep(1000);']);
      const { stderr, exitCode } = await execa(
        'setpriv',
        [
          '--inh-caps=-all',
          '--bounding-set=-all',
          'node',
          PROGRAM,
          'print',
          '--',
          'sampler',
          '-p',
          String(pid),
        ],
        { reject: false },
      );
      expect([exitCode, stderr]).toEqual([77, expect.stringContaining('grant CAP_SYS_PTRACE')]);
    },
  );

  test.each([
    ['a process that is not PHP', ['-p', String(process.pid)], 69, 'is not PHP'],
    ['a process that is not there', ['-p', '1073741824'], 66, 'no such process'],
    ['a wrong option', ['--nonsense', '-p', '1'], 64, "Unknown option '--nonsense'"],
  ])('passes on what is wrong with %s', async (_, args, code, part) => {
    const { stderr, exitCode } = await execa('node', [PROGRAM, 'print', '--', 'sampler', ...args], {
      reject: false,
    });
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(part)]);
  });
});
