// Hostile and endless input through the whole program.
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';

let folder: string;
let server: FakePyroscope;
let run: BridgeRun | undefined;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'hostile-'));
  server = await new FakePyroscope().start();
});

afterEach(async () => {
  run?.kill('SIGKILL');
  run = undefined;
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function bridge(options: readonly string[], sampler: readonly string[]): BridgeRun {
  run = startBridge([
    '--pyroscope',
    server.url,
    '--app',
    'demo',
    ...options,
    '--log-format',
    'json',
    '--',
    ...sampler,
  ]);
  return run;
}

/** A small generator with a seed: failures must come again. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

const TRACES = 20_000;
const URI = 'glopeek server.REQUEST_URI';
/** Numbers from here on belong to spoiled traces; from HALVES on to cut ones, whose URI may be missing or cut, too. */
const OTHERS = 500_000;
const HALVES = 1_000_000;

/** A whole trace whose function and URI name the same number. */
const whole = (n: number): string =>
  `0 work_${n} /a.php:1\n1 mid_${n} /a.php:1\n2 <main> /i.php:1\n# ${URI} = /${n}?x={},;="'\n\n`;

/** What stands between whole traces: half traces, garbage, floods. Each ends as a sampler ends a trace. */
function mischief(n: number, random: (below: number) => number): Buffer {
  const half = whole(n + HALVES).slice(0, 1 + random(whole(n).length - 2));
  const other = whole(n + OTHERS);
  const kinds: (() => Buffer | string)[] = [
    () => `${half}\n\n`,
    () => `${half.trimEnd()}\n${other}`, // two traces in one
    () => other.slice(0, other.indexOf('# ')) + `# ${URI} = /1\n# ${URI} = /2\n\n`,
    () => Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256))),
    () => `0 nul_\0_${n} /a.php:1\n1 <main> /i.php:1\n\n`,
    () =>
      Buffer.concat([
        Buffer.from('0 bad_'),
        Buffer.from([0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
        Buffer.from(' /a:1\n1 <main> /i.php:1\n\n'),
      ]),
    () => `# ${URI} = /orphan\n\n`,
    () => `0 x /a:1\n\n# ${URI} = /late\n\n`,
    () =>
      random(400) === 0
        ? `0 ${'L'.repeat(1_100_000)} /a:1\n1 <main> /i.php:1\n\n`
        : `0 ${'M'.repeat(9_000)} /a:1\n1 <main> /i.php:1\n\n`,
    () => `0 long /a:1\n1 <main> /i.php:1\n# ${URI} = /${'u'.repeat(10_240)}\n\n`,
  ];
  const bytes = kinds[random(kinds.length)]!();
  const ended = Buffer.from(bytes as Uint8Array);
  return Buffer.concat([typeof bytes === 'string' ? Buffer.from(bytes) : ended, Buffer.from('\n\n')]);
}

async function writeStream(file: string, seed: number): Promise<void> {
  const random = makeRandom(seed);
  const out = createWriteStream(file);
  for (let n = 0; n < TRACES; n++) {
    const isSpoiled = random(4) === 0;
    const chunk = isSpoiled
      ? Buffer.concat([mischief(n, random), Buffer.from(whole(n))])
      : Buffer.from(whole(n));
    if (!out.write(chunk)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

describe('a hostile stream', () => {
  test.each([1, 2, 3])(
    'of torn, interleaved and senseless traces (seed %i) mixes no requests, loses no whole trace, and is accounted for',
    async (seed) => {
      const file = path.join(folder, 'stream');
      await writeStream(file, seed);
      const bridged = bridge(
        [
          '--tag',
          `uri={{ "${URI}" "^/([0-9]+).*$" "$1" }}`,
          '--max-tag-values',
          '100000',
          '--input',
          'phpspy',
        ],
        ['cat', file],
      );
      expect(await bridged.exitCode).toBe(0);
      const totals = bridged.totals();
      expect(isClosed(totals)).toBe(true);
      expect(totals.pending).toBe(0);
      expect(totals.delivered + totals.dropped).toBe(totals.received);
      expect(Object.keys(totals.droppedBy ?? {}).sort()).toEqual(
        expect.arrayContaining(['malformed', 'torn']),
      );

      const seen = new Map<number, number>();
      for (const { stacks } of server.uploads) {
        for (const [key, count] of stacks) {
          const worked = /;mid_(\d+);work_(\d+)$/.exec(key);
          const uri = /"uri":"(\d+)"/.exec(key)?.[1];
          if (worked === null) continue;
          if (Number(worked[2]) >= HALVES) {
            expect(worked[2]!.startsWith(uri ?? '')).toBe(true);
            continue;
          }
          expect([worked[1], worked[2]]).toEqual([uri, uri]);
          seen.set(Number(uri), (seen.get(Number(uri)) ?? 0) + count);
        }
      }
      for (let n = 0; n < TRACES; n++) expect(seen.get(n), `trace ${n}`).toBe(1);
    },
  );

  test('with expressions and globs that take others exponential time ends', async () => {
    const uri = `/${'a'.repeat(2_000)}!`;
    const file = `/var/www/${'a'.repeat(900)}/index.php`;
    const text = `0 f /a.php:1\n1 <main> ${file}:1\n# ${URI} = ${uri}\n\n`.repeat(2_000);
    writeFileSync(path.join(folder, 'stream'), text);
    const bridged = bridge(
      [
        ...['--tag', `a={{ "${URI}" "^(/(a+)+)+$" "x" }}`, '--tag', `b={{ "${URI}" "(a|aa)+b" "y" }}`],
        ...[
          '--entrypoint',
          `/var/www/${'*a'.repeat(20)}*b/**`,
          '--entrypoint',
          `/var/**/*a*a*a*a*a*a*a*a*a*/**/**/**/index.php`,
        ],
      ],
      ['cat', path.join(folder, 'stream')],
    );
    expect(await bridged.exitCode).toBe(0);
    expect(bridged.totals()).toMatchObject({ received: 2_000, delivered: 2_000, dropped: 0 });
  });
});

const HOUR_TRACES = 7_200_000; // 2,000 per second for an hour
const BLOCK_TRACES = 40_000;
const URIS = 5_000;
/** 16 MB of queue; the rest is the program, its tables and what V8 keeps for windows that are full four times a second. */
const LARGEST_RESIDENT_MB = 256;

describe('an hour of traffic while the server is down', () => {
  test('stays within its memory bound, and every sample is accounted for', async () => {
    const block = Array.from({ length: BLOCK_TRACES }, (_, i) => {
      const frames = Array.from(
        { length: 12 },
        (__, depth) => `${depth} App\\Part${(i * 7 + depth) % 900}::run /app/src/part${depth}.php:${depth}`,
      );
      return `${frames.join('\n')}\n12 <main> /app/public/index.php:1\n# ${URI} = /product/${i % URIS}\n\n`;
    }).join('');
    const file = path.join(folder, 'block');
    writeFileSync(file, block);
    await server.stop();
    const bridged = bridge(
      [
        ...['--tag', `uri={{ "${URI}" }}`, '--max-tag-values', '10000', '--queue-mb', '16'],
        ...['--flush-interval', '500ms', '--shutdown-timeout', '1s'],
      ],
      ['sh', '-c', `for i in $(seq ${HOUR_TRACES / BLOCK_TRACES}); do cat '${file}'; done`],
    );
    let peakMb = 0;
    const watch = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${bridged.pid}/status`, 'utf8');
        peakMb = Math.max(peakMb, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        // it has ended
      }
    }, 200);
    expect(await bridged.exitCode).toBe(0);
    clearInterval(watch);
    console.log(bridged.totals());
    console.log(`      peak resident memory: ${Math.round(peakMb)} MB`);
    expect(bridged.totals()).toMatchObject({ received: HOUR_TRACES, delivered: 0, pending: 0 });
    expect(bridged.totals().droppedBy?.['queue_full']).toBeGreaterThan(0);
    expect(isClosed(bridged.totals())).toBe(true);
    expect(peakMb).toBeGreaterThan(30);
    expect(peakMb).toBeLessThan(LARGEST_RESIDENT_MB);
  });
});
