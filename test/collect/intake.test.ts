import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Intake } from '../../src/collect/intake.ts';
import type { SealedWindow } from '../../src/collect/intake.ts';
import { MAX_ROWS } from '../../src/collect/window.ts';
import { FILTERED, ROOTLESS } from '../../src/model/label-resolver.ts';
import { StackTables } from '../../src/model/stack-tables.ts';
import { Ledger } from '../../src/observe/ledger.ts';

interface Sealed {
  readonly startMs: number;
  readonly endMs: number;
  readonly rows: readonly (readonly number[])[];
}

function setUp(resolve: (stack: number, meta: number) => number) {
  const sealed: Sealed[] = [];
  const ledger = new Ledger();
  const clock = { ms: 1_000 };
  const resolver = { labelSets: [], startEpoch: () => undefined, resolve };
  const onSealed = ({ startMs, endMs, rows }: SealedWindow): void => {
    const copy = Array.from({ length: rows.length }, (_, i) => [
      rows.labelSets[i]!,
      rows.stacks[i]!,
      rows.counts[i]!,
    ]);
    sealed.push({ startMs, endMs, rows: copy });
  };
  const intake = new Intake({ resolver, wantedMetaKeys: new Set(), ledger, onSealed, now: () => clock.ms });
  intake.startEpoch({ tables: new StackTables(), metas: [[]] });
  return { intake, ledger, sealed, clock };
}

describe('the open window', () => {
  test('counts each pair of label set and stack', () => {
    const { intake, sealed, clock } = setUp((_, meta) => meta);
    intake.take(1, 0, 1);
    intake.take(1, 1, 2);
    intake.take(1, 0, 5);
    clock.ms = 2_000;
    intake.seal();
    expect(sealed).toEqual([
      {
        ...{ startMs: 1_000, endMs: 2_000 },
        rows: [
          [0, 1, 6],
          [1, 1, 2],
        ],
      },
    ]);
  });

  test('is handed on when an epoch starts, and an empty one never', () => {
    const { intake, sealed } = setUp(() => 0);
    intake.seal();
    intake.take(3, 0, 1);
    intake.startEpoch({ tables: new StackTables(), metas: [[]] });
    intake.seal();
    expect(sealed.map(({ rows }) => rows)).toEqual([[[0, 3, 1]]]);
  });

  test('is sealed early when it is full, and nothing is lost', () => {
    const { intake, sealed, ledger } = setUp(() => 0);
    for (let stack = 0; stack < MAX_ROWS + 10; stack++) intake.take(stack, 0, 1);
    expect(sealed).toHaveLength(1);
    intake.seal();
    expect(sealed.map(({ rows }) => rows.length)).toEqual([MAX_ROWS, 10]);
    expect(ledger.totals().received).toBe(MAX_ROWS + 10);
  });

  test('sums up as a plain map does', () => {
    const pair = fc.tuple(fc.nat(200), fc.nat(20), fc.integer({ min: 1, max: 1e6 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 500 }), (samples) => {
        const { intake, sealed } = setUp((_, meta) => meta);
        const expected = new Map<string, number>();
        for (const [stack, meta, weight] of samples) {
          intake.take(stack, meta, weight);
          expected.set(`${meta},${stack}`, (expected.get(`${meta},${stack}`) ?? 0) + weight);
        }
        intake.seal();
        const found = sealed[0]!.rows.map(([set, stack, count]) => [`${set!},${stack!}`, count] as const);
        expect(new Map(found)).toEqual(expected);
      }),
    );
  });
});

test('the labels of a sample are asked for when the window that takes it is open', () => {
  const log: string[] = [];
  const resolver = {
    labelSets: [],
    startEpoch: () => undefined,
    startWindow: () => log.push('window'),
    resolve: (stack: number, _meta: number, weight: number) => {
      if (stack === MAX_ROWS) log.push(`sample of ${weight}`);
      return 0;
    },
  };
  const intake = new Intake({
    resolver,
    wantedMetaKeys: new Set(),
    ledger: new Ledger(),
    onSealed: () => undefined,
  });
  intake.startEpoch({ tables: new StackTables(), metas: [[]] });
  for (let stack = 0; stack <= MAX_ROWS; stack++) intake.take(stack, 0, 3);
  expect(log).toEqual(['window', 'sample of 3']);
});

test('each sample is received, and pending until its fate is decided', () => {
  const answers = [0, FILTERED, ROOTLESS];
  const { intake, ledger } = setUp((stack) => answers[stack]!);
  intake.take(0, 0, 4);
  intake.take(1, 0, 3);
  intake.take(2, 0, 2);
  intake.drop('torn', 1);
  expect(ledger.totals()).toEqual({
    ...{ received: 10, replayed: 0, delivered: 0, filtered: 3, droppedTotal: 3, pending: 4 },
    dropped: new Map([
      ['rootless', 2],
      ['torn', 1],
    ]),
  });
});
