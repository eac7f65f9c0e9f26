// The live view in a real terminal, over real PHP processes whose functions and shares are known.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startFpm } from './support/fpm.ts';
import type { PhpProcess } from './support/php.ts';
import { HOST, start, startUp } from './support/php.ts';
import { SAMPLER } from './support/sampler-run.ts';
import { hasTmux, Terminal } from './support/terminal.ts';

const SCRIPT = path.join(import.meta.dirname, '../fixtures/php/top.php');
const AS_A_SHELL_HAS_IT = '0 1 1';
const AS_THE_VIEW_HAS_IT = '1 0 0';
const PATIENCE = { timeout: 15_000, interval: 50 };

const cleanups: (() => unknown)[] = [];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startPhp(): Promise<PhpProcess> {
  const php = start(HOST, ['php', '-n', SCRIPT]);
  cleanups.push(() => php.stop());
  await startUp(php);
  return php;
}

function openTerminal(columns = 120, lines = 30): Terminal {
  const terminal = new Terminal(columns, lines);
  cleanups.push(() => {
    terminal.close();
  });
  return terminal;
}

interface Row {
  readonly self: number;
  readonly total: number;
  readonly function: string;
  readonly location: string;
}

/** Shares of the last interval. */
function rowsOf(terminal: Terminal): Row[] {
  const lines = terminal.lines();
  const titles = lines.findIndex((line) => line.includes(' self%'));
  return lines.slice(titles + 1).flatMap((line) => {
    const [self, , total, ...rest] = line.trim().split(/\s+/);
    if (titles < 0 || !self?.endsWith('%') || total === undefined) return [];
    const [name = '', ...location] = rest.slice(rest.findLastIndex((word) => /^[\d.]+[MG]?$/.test(word)) + 1);
    return [
      { self: parseFloat(self), total: parseFloat(total), function: name, location: location.join(' ') },
    ];
  });
}

/** A view with a full interval on it. */
async function openView(terminal: Terminal, command: string): Promise<void> {
  terminal.enter(`stty -g; ${command}; echo "exit $?"; stty -g`);
  await expect.poll(() => rowsOf(terminal).length, PATIENCE).toBeGreaterThan(2);
}

/** The modes of the terminal line that `stty -g` printed before and after are equal, and so are the shell's screen modes. */
async function expectRestored(terminal: Terminal, exitCode = 0): Promise<void> {
  await expect.poll(() => terminal.text(), PATIENCE).toMatch(/^exit \d+\n[\da-f:]{20,}$/m);
  const saved = terminal.text().match(/^[\da-f:]{20,}$/gm);
  expect(saved).toHaveLength(2);
  expect(saved?.[0]).toBe(saved?.[1]);
  expect(terminal.text()).toContain(`\nexit ${exitCode}\n`);
  expect(terminal.modes()).toBe(AS_A_SHELL_HAS_IT);
}

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

describe.runIf(hasTmux())('the live view', () => {
  test('shows functions with their shares, sorted as its keys say, and gives the screen back', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal();
    terminal.enter('echo what stood here before');
    await openView(terminal, `${SAMPLER} -t -p ${pid} -H 199`);
    expect(terminal.modes()).toBe(AS_THE_VIEW_HAS_IT);
    expect(terminal.lines()[0]).toBe(`sampler -t -p ${pid} -H 199`);
    expect(terminal.lines()[1]).toMatch(/^1 followed {3}199 Hz {3}00:00:0\d {3}own CPU \d+\.\d%$/);
    expect(terminal.lines()[2]).toMatch(
      /^[\d.]+ samples\/s {3}idle 0\.0% {3}torn \d+ {3}failed 0 {3}missed \d+$/,
    );

    const [first, second] = rowsOf(terminal);
    expect(first).toMatchObject({
      function: 'heavy',
      location: expect.stringMatching(/\/top\.php:4$/) as string,
    });
    expect(second).toMatchObject({
      function: 'light',
      location: expect.stringMatching(/\/top\.php:13$/) as string,
    });
    expect(first!.self).toBeGreaterThan(55);
    expect(first!.self).toBeLessThan(90);
    expect(second!.self).toBeGreaterThan(10);
    expect(second!.self).toBeLessThan(45);

    terminal.press('t');
    await expect.poll(() => terminal.text(), PATIENCE).toContain('by total, 1-');
    expect(rowsOf(terminal).map((row) => row.total > 90)).not.toContain(false);
    terminal.press('s');
    await expect.poll(() => terminal.text(), PATIENCE).toContain('by self, 1-');
    expect(rowsOf(terminal)[0]?.function).toBe('heavy');

    terminal.press('q');
    await expectRestored(terminal);
    expect(terminal.text()).toContain('what stood here before');
    expect(terminal.text()).not.toContain('samples/s');
  });

  test('counts a recursive function once per stack', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal(120, 60);
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    const again = rowsOf(terminal).find((row) => row.function === 'again');
    expect(again?.total).toBeGreaterThan(90);
    expect(again?.total).toBeLessThanOrEqual(100);
  });

  test('scrolls, follows the size of the terminal, and hides its help', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal();
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    const range = (): string => / (\d+-\d+) of \d+$/m.exec(terminal.text())?.[1] ?? '';
    expect(range()).toBe('1-23');
    terminal.press('Down', 'j', 'j', 'Up', 'k', 'j');
    await expect.poll(range, PATIENCE).toBe('3-25');
    terminal.press('End');
    await expect.poll(range, PATIENCE).toMatch(/^2\d-4\d$/);
    terminal.press('Home');
    await expect.poll(range, PATIENCE).toBe('1-23');

    terminal.resize(60, 20);
    await expect.poll(range, PATIENCE).toBe('1-13');
    expect(Math.max(...terminal.lines().map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(rowsOf(terminal)).toHaveLength(13);
    expect(terminal.lines()[19]).toMatch(/^q quit .*…$/);
    terminal.press('h');
    await expect.poll(range, PATIENCE).toBe('1-14');
    expect(terminal.text()).not.toContain('q quit');
    terminal.resize(120, 30);
    await expect.poll(range, PATIENCE).toBe('1-24');
  });

  test('stands still while paused, and starts the sums over when told to', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal();
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    terminal.press('p');
    await expect.poll(() => terminal.text(), PATIENCE).toContain('   PAUSED');
    const before = terminal.text();
    await pause(1_500);
    expect(terminal.text()).toBe(before);
    terminal.press('p');
    await expect.poll(() => / all (\S+)/.exec(terminal.text())?.[1], PATIENCE).toMatch(/^00:00:0[3-9]/);
    expect(terminal.text()).not.toContain('PAUSED');
    terminal.press('c');
    await expect.poll(() => / all (\S+)/.exec(terminal.text())?.[1], PATIENCE).toMatch(/^00:00:0[0-2]/);
  });

  test.each(['TERM', 'INT', 'HUP', 'QUIT', 'USR1'])('SIG%s ends it with all restored', async (signal) => {
    const { pid } = await startPhp();
    const terminal = openTerminal();
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    const [sampler] = childrenOf(terminal.pid());
    process.kill(sampler!, `SIG${signal}` as NodeJS.Signals);
    await expectRestored(terminal);
  });

  test('stops and goes on by job control', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal();
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    terminal.press('C-z');
    await expect.poll(() => terminal.text(), PATIENCE).toMatch(/Stopped/);
    expect(terminal.modes()).toBe(AS_A_SHELL_HAS_IT);
    terminal.enter('fg');
    await expect.poll(() => rowsOf(terminal)[0]?.function, PATIENCE).toBe('heavy');
    expect(terminal.modes()).toBe(AS_THE_VIEW_HAS_IT);
    terminal.press('q');
    await expect.poll(() => terminal.modes(), PATIENCE).toBe(AS_A_SHELL_HAS_IT);
  });

  test('ends with its command when the terminal goes away, signal or not', async () => {
    const terminal = openTerminal();
    // In a session of its own it gets no HUP from the terminal or the shell.
    await openView(terminal, `setsid -w ${SAMPLER} -t -- php -n ${SCRIPT}`);
    const [setsid] = childrenOf(terminal.pid());
    const [sampler] = childrenOf(setsid!);
    const [php] = childrenOf(sampler!);
    const isThere = (pid: number | undefined): boolean => existsSync(`/proc/${String(pid)}`);
    expect([sampler, php].map(isThere)).toEqual([true, true]);
    terminal.close();
    await expect.poll(() => [sampler, php].map(isThere), PATIENCE).toEqual([false, false]);
  });

  test('a command neither speaks into the view nor hears its keys; quitting ends it', async () => {
    const terminal = openTerminal();
    await openView(terminal, `${SAMPLER} -t -- php -n ${SCRIPT}`);
    await pause(1_000);
    expect(terminal.text()).not.toContain('noise');
    expect(rowsOf(terminal)[0]?.function).toBe('heavy');
    const [sampler] = childrenOf(terminal.pid());
    const [php] = childrenOf(sampler!);
    terminal.press('q');
    await expectRestored(terminal);
    expect(existsSync(`/proc/${php!}`)).toBe(false);
  });

  test('a command that ends leaves a table of its whole run, and its exit code', async () => {
    const terminal = openTerminal(100, 50);
    await openView(terminal, `${SAMPLER} -t -- php -n ${SCRIPT} 2`);
    await expectRestored(terminal, 3);
    expect(terminal.text()).toMatch(/^in \d\.\d s +by self, 1-\d+ of \d+$/m);
    expect(rowsOf(terminal).slice(0, 2)).toMatchObject([{ function: 'heavy' }, { function: 'light' }]);
    expect(terminal.text()).not.toContain('noise');
  });

  test('shows requests beside functions when their URI is asked for', async () => {
    const fpm = await startFpm(HOST);
    cleanups.push(() => fpm.stop());
    const pids = childrenOf(fpm.pid).map((pid) => `-p ${pid}`);
    let isOver = false;
    const user = async (): Promise<void> => {
      while (!isOver) {
        await fpm.get('/first?n=1');
        await fpm.get('/second?n=\u001b]0;title\u0007');
      }
    };
    const users = Promise.all([user(), user()]);
    try {
      const terminal = openTerminal();
      await openView(terminal, `${SAMPLER} -t ${pids.join(' ')} -g server.REQUEST_URI -r u`);
      const shares = (): string[] =>
        terminal
          .lines()
          .filter((line) => /^ *\d+\.\d% +\d+ +\d+\.\d% +\d+ {2}\/(first|second)\?n=/.test(line));
      await expect.poll(() => shares().length, PATIENCE).toBe(2);
      expect(terminal.text()).toContain('server.REQUEST_URI');
      expect(
        shares()
          .map((line) => line.trim().split(/\s+/)[4])
          .sort(),
      ).toEqual(['/first?n=1', '/second?n=?]0;title?']);
      expect(rowsOf(terminal).find((row) => row.function === 'first')?.location).toMatch(/front\.php:13$/);
      terminal.press('u');
      await expect.poll(() => terminal.text(), PATIENCE).not.toContain(' function');
      expect(shares()).toHaveLength(2);
      terminal.press('q');
      await expectRestored(terminal);
    } finally {
      isOver = true;
      await users;
    }
  });

  test('says in the terminal what went wrong, after giving it back', async () => {
    const terminal = openTerminal();
    terminal.enter(`stty -g; ${SAMPLER} -t -p 1073741824; echo "exit $?"; stty -g`);
    await expectRestored(terminal, 66);
    expect(terminal.text()).toContain('sampler: Process 1073741824: There is no such process.');
  });

  test('a terminal that cannot be drawn on, or NO_COLOR, is respected', async () => {
    const { pid } = await startPhp();
    const terminal = openTerminal(120, 150);
    await openView(terminal, `TERM=dumb ${SAMPLER} -t -p ${pid} -i 1500`);
    expect(terminal.modes()).toBe(AS_A_SHELL_HAS_IT);
    await expectRestored(terminal);
    terminal.enter('clear');
    const colours = (): boolean => terminal.text('-e').includes('\u001b[');
    await openView(terminal, `NO_COLOR=1 ${SAMPLER} -t -p ${pid}`);
    expect(colours()).toBe(false);
    terminal.press('q');
    await expectRestored(terminal);
    terminal.enter('clear');
    await openView(terminal, `${SAMPLER} -t -p ${pid}`);
    expect(colours()).toBe(true);
  });
});

test('without a terminal one table after the other is printed', async () => {
  const { pid } = await startPhp();
  const { stdout, status } = spawnSync(SAMPLER, ['-t', '-p', String(pid), '-i', '2500'], {
    encoding: 'utf8',
  });
  const tables = stdout.trimEnd().split('\n\n');
  expect(status).toBe(0);
  expect(tables.length).toBeGreaterThanOrEqual(3);
  for (const table of tables)
    expect(table).toMatch(/^sampler -t -p \d+ -i 2500\n1 followed {3}99 Hz {3}00:00:0/);
  expect(tables[0]).toMatch(/function\n.*100\.0%|function\n.*heavy/);
  // eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
