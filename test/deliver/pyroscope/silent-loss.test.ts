// Everything by which Pyroscope loses data without saying so: each test is named after the way.
import { gunzipSync } from 'node:zlib';
import { Profile as Independent } from 'pprof-format';
import { describe, expect, test } from 'vitest';
import { BatchQueue } from '../../../src/collect/batch-queue.ts';
import { BatchMaker } from '../../../src/deliver/batch-maker.ts';
import { makeLimiter } from '../../../src/deliver/limiter.ts';
import { ingestName } from '../../../src/deliver/pyroscope/labels.ts';
import { LONGEST_AGE_MS, WorkerPool } from '../../../src/deliver/worker-pool.ts';
import { encodeFolded, MAX_LINE_BYTES } from '../../../src/formats/folded.ts';
import type { Batch } from '../../../src/model/batch.ts';
import { makeLabels } from '../../../src/model/labels.ts';
import type { Profile } from '../../../src/model/profile.ts';
import { StackTables } from '../../../src/model/stack-tables.ts';
import { UniqueTime } from '../../../src/model/unique-time.ts';
import { Ledger } from '../../../src/observe/ledger.ts';
import { compileTags } from '../../../src/transform/tags.ts';

/** `rows` rows of one stack each, whose frames have the given names. */
function makeProfile(rows: number, names: (row: number) => readonly string[], timeMs = Date.now()): Profile {
  const tables = new StackTables();
  const stacks = Array.from({ length: rows }, (_, row) => {
    const frames = names(row).map((name) => tables.addFrame(name, '', 0));
    return tables.addStack(frames, frames.length);
  });
  return {
    ...{ type: 'wall', periodNanos: 10_101_010, durationNanos: 10_000_000_000n, tables },
    timeNanos: BigInt(timeMs) * 1_000_000n,
    labelSets: [[]],
    rows: { length: rows, stacks, labelSets: stacks.map(() => 0), counts: stacks.map(() => 1) },
  };
}

const makeMaker = (): BatchMaker => new BatchMaker(makeLabels([['service_name', 'shop']]), new UniqueTime());
const decode = ({ body }: Batch): Independent => Independent.decode(gunzipSync(body));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

describe('silent loss by Pyroscope', () => {
  test('equal times: two profiles with equal labels and time are taken for one; every batch has a time of its own', () => {
    const maker = makeMaker();
    const window = makeProfile(4, (row) => [`f${row}`]);
    const batches = Array.from({ length: 50 }, () => maker.make(window).batches).flat();
    const halves = maker.split(batches[0]!, 'halves')!;
    const times = [...batches, ...halves].map(({ timeNanos }) => timeNanos);
    expect(new Set(times).size).toBe(52);
    expect(decode(batches[7]!).timeNanos).toBe(batches[7]!.timeNanos);
  });

  test('lines of 64 KiB: /ingest stops reading there; longer ones are cut at the root side', () => {
    const long = makeProfile(2, (row) =>
      Array.from({ length: 900 }, (_, i) => `${'n'.repeat(100)}_${row}_${i}`),
    );
    const lines = encodeFolded(long).toString().trim().split('\n');
    expect(lines).toHaveLength(2);
    for (const [row, line] of lines.entries()) {
      expect(Buffer.byteLength(line)).toBeLessThan(65_536);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES + 16);
      expect(line.startsWith('[truncated];')).toBe(true);
      expect(line.endsWith(`_${row}_0 1`)).toBe(true);
    }
  });

  test('label injection: a value with } or , ends the label in /ingest names; they are encoded', () => {
    const labels = makeLabels([['uri', '/a}env=prod,x=y{']]);
    expect(ingestName('shop', 'wall', labels)).toBe('shop.wall{uri=/a%7Denv=prod%2Cx=y%7B}');
    expect(ingestName('sh{op}', 'wall', [])).toBe('sh_op_.wall{}');
  });

  test('invalid UTF-8: one bad byte refuses the whole profile; text is well-formed in every format', () => {
    const profile = makeProfile(1, () => ['bad\uD800name']);
    expect(encodeFolded(profile).toString()).toBe('bad\uFFFDname 1\n');
    const raw = gunzipSync(makeMaker().make(profile).batches[0]!.body);
    expect(() =>
      new TextDecoder('utf-8', { fatal: true }).decode(
        raw.subarray(raw.indexOf('bad'), raw.indexOf('name') + 4),
      ),
    ).not.toThrow();
  });

  test('dotted application names: the last part is taken for a profile type; the type is always given', () => {
    expect(ingestName('my.app', 'wall', [])).toBe('my.app.wall{}');
    expect(ingestName('my.app', 'cpu', [])).toBe('my.app.cpu{}');
  });

  test('profile_id and its like as labels: the upload is thrown away with 200; such tags are refused', () => {
    for (const name of ['profile_id', 'span_id', 'service_name', '__name__'])
      expect(() => compileTags([`${name}=x`])).toThrow(name);
  });

  test('2 MiB burst and 16,000 samples: larger profiles get 429 or 422 for ever; windows go in chunks, none lost', () => {
    const { batches, tooLargeSamples } = makeMaker().make(
      makeProfile(32_000, (row) => [`function_with_a_rather_long_name_${row}`, `caller_${row % 100}`]),
    );
    expect(batches.length).toBeGreaterThan(1);
    expect(new Set(batches.map(({ timeNanos }) => timeNanos)).size).toBe(batches.length);
    for (const batch of batches) expect(decode(batch).timeNanos).toBe(batch.timeNanos);
    expect(tooLargeSamples).toBe(0);
    expect(sum(batches.map(({ samples }) => samples))).toBe(32_000);
    for (const batch of batches) {
      expect(batch.rows).toBeLessThanOrEqual(16_000);
      expect(batch.rawBytes).toBeLessThan(2 * 1_048_576);
      expect(decode(batch).sample).toHaveLength(batch.rows);
    }
  });

  test('one-hour window: older profiles are refused one by one; they are counted as expired and not sent', async () => {
    const ledger = new Ledger();
    const queue = new BatchQueue({ limitBytes: 1e9, ledger });
    const sent: Batch[] = [];
    const pool = new WorkerPool({
      ...{ workers: 1, source: queue, limiter: makeLimiter(0, 0), split: () => undefined },
      destination: {
        deliver: (batch) => {
          sent.push(batch);
          return Promise.resolve({ kind: 'delivered' });
        },
        close: () => Promise.resolve(),
      },
      events: {
        delivered: ({ samples }) => {
          ledger.deliver(samples);
        },
        dropped: ({ samples }, reason) => {
          ledger.drop(reason, samples);
        },
        retrying: () => undefined,
        split: () => undefined,
      },
    });
    const maker = makeMaker();
    for (const ageMs of [LONGEST_AGE_MS + 60_000, LONGEST_AGE_MS - 60_000]) {
      ledger.receive(3);
      const { batches } = maker.make(makeProfile(3, (row) => [`f${row}`], Date.now() - ageMs));
      for (const batch of batches) await queue.push(batch);
    }
    pool.start();
    await queue.empty(new AbortController().signal);
    await pool.stop();
    expect(sent).toHaveLength(1);
    expect(ledger.totals()).toMatchObject({ delivered: 3, pending: 0 });
    expect(ledger.totals().dropped.get('expired')).toBe(3);
  });
});
