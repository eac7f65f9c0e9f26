// The spool through the whole program: what was spooled outlives kill -9 and is delivered once.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

let folder: string;
let server: FakePyroscope;
const runs: BridgeRun[] = [];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'spool-e2e-'));
  server = await new FakePyroscope().start();
});

afterEach(async () => {
  for (const run of runs.splice(0)) run.kill('SIGKILL');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function bridge(options: readonly string[], sampler: readonly string[]): BridgeRun {
  const given = ['--pyroscope', server.url, '--app', 'demo', '--spool', folder, '--flush-interval', '200ms'];
  const run = startBridge([...given, ...options, '--log-format', 'json', '-v', '--', ...sampler]);
  runs.push(run);
  return run;
}

/** Prints traces of numbered functions, from `first` on, without an end. */
const counting = (first: number): string[] => [
  'sh',
  '-c',
  `i=${first}; while :; do printf '0 f%d /a.php:1\\n1 <main> /a.php:1\\n\\n' $i; i=$((i + 1)); [ $((i % 50)) = 0 ] && sleep 0.02; done`,
];

const spooled = (): string[] =>
  readdirSync(path.join(folder, 'batches')).filter(
    (name) => name.endsWith('.batch') && !name.startsWith('.'),
  );

const waitFor = (check: () => boolean): Promise<void> =>
  expect.poll(check, { timeout: 15_000, interval: 20 }).toBe(true);

/** Numbers of the functions that arrived; equal uploads count once, as Pyroscope counts them. */
function arrived(): number[] {
  const once = new Map(server.uploads.map((upload) => [String(upload.timeNanos), upload]));
  return [...once.values()]
    .flatMap(({ stacks }) =>
      [...stacks].map(([key, count]) => [Number(/;f(\d+)$/.exec(key)?.[1]), count] as const),
    )
    .flatMap(([n, count]) => Array.from({ length: count }, () => n))
    .sort((a, b) => a - b);
}

describe('the spool', () => {
  test('after kill -9 and a restart, what was spooled is delivered once and at most the open window is missing', async () => {
    const ranges: (readonly [first: number, last: number])[] = [];
    for (const round of [1, 2, 3, 4]) {
      const first = round * 1_000_000;
      // Some rounds find the server down, some are killed in the middle of uploads.
      server.fault = () => (round % 2 === 1 ? { status: 503 } : undefined);
      const run = bridge([], counting(first));
      await waitFor(() => run.lines.some(({ event }) => event === 'sampler_started'));
      await waitFor(() => round % 2 === 0 || spooled().length >= 3);
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 400));
      run.kill('SIGKILL');
      await run.exitCode;
      ranges.push([first, first + 999_999]);
    }
    server.fault = () => undefined;
    const last = bridge([], ['true']);
    expect(await last.exitCode).toBe(0);

    expect(isClosed(last.totals())).toBe(true);
    expect(last.totals()).toMatchObject({ received: 0, dropped: 0, pending: 0 });
    expect(spooled()).toEqual([]);
    const numbers = arrived();
    for (const [first, end] of ranges) {
      const own = numbers.filter((n) => n >= first && n <= end);
      expect(own.length).toBeGreaterThan(100);
      // Each once, none left out in between: only what came after the last sealed window is missing.
      expect(own).toEqual(Array.from({ length: own.length }, (_, i) => first + i));
    }
  });

  test('keeps what cannot be delivered by the end for the next run, and loses nothing', async () => {
    server.fault = () => ({ status: 503 });
    const first = bridge(
      ['--shutdown-timeout', '300ms'],
      ['sh', '-c', "printf '0 f1 /a.php:1\\n\\n0 f2 /a.php:1\\n\\n'"],
    );
    expect(await first.exitCode).toBe(0);
    expect(first.totals()).toMatchObject({ received: 2, delivered: 0, dropped: 0, pending: 2, spooled: 2 });
    server.fault = () => undefined;
    const second = bridge([], ['true']);
    expect(await second.exitCode).toBe(0);
    expect(second.totals()).toMatchObject({ received: 0, replayed: 2, delivered: 2, pending: 0 });
    expect(server.samples).toBe(2);
  });

  test('refuses a folder that another bridge uses, and starts nothing', async () => {
    const first = bridge([], counting(0));
    await waitFor(() => first.lines.some(({ event }) => event === 'sampler_started'));
    const second = bridge([], ['touch', path.join(folder, 'started')]);
    expect(await second.exitCode).toBe(78);
    expect(second.stderr()).toMatch(/--spool .* is in use by process \d+\./);
    expect(readdirSync(folder)).not.toContain('started');
  });
});
