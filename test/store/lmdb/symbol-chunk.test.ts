import { expect, test } from 'vitest';
import type { PprofMapping } from '../../../src/formats/pprof/pprof.ts';
import { SymbolTable } from '../../../src/formats/pprof/symbol-table.ts';
import { encodeSymbols, marksOf, NO_MARKS, replaySymbols } from '../../../src/store/lmdb/symbol-chunk.ts';
import { sketchPprof } from '../../fixtures/pprof-samples.ts';

const mapping: PprofMapping = {
  ...{ start: 0x400000n, limit: 2n ** 64n - 1n, offset: 4_096n, filename: '/bin/é', buildId: 'x' },
  ...{ hasFunctions: true, hasFilenames: false, hasLineNumbers: true, hasInlineFrames: false },
};

/** A table with all that a profile can have, and where it was when the first of two profiles was in it. */
function fillTable() {
  const table = new SymbolTable();
  const first = sketchPprof({ samples: [{ stack: 'main;a', values: [1], labels: { k: 'v', é: '' } }] });
  table.intern(first);
  const middle = marksOf(table);
  const second = sketchPprof({ samples: [{ stack: 'main;a;b', values: [1] }] });
  const inlined = { mapping: 0, address: 2n ** 64n - 1n, isFolded: true, lines: second.locations[2]!.lines };
  table.intern(
    {
      ...second,
      mappings: [mapping],
      functions: second.functions.map((fn) => ({ ...fn, startLine: -7 })),
      locations: [...second.locations.slice(0, 2), inlined],
    },
    () => [{ key: 'bytes', number: -(2n ** 63n), unit: 'b' }],
  );
  return { table, middle };
}

function replayAll(chunks: readonly (Buffer | undefined)[]): SymbolTable {
  const table = new SymbolTable();
  for (const chunk of chunks)
    replaySymbols(chunk!, {
      addMapping: table.addMapping.bind(table),
      addFunction: table.addFunction.bind(table),
      addLocation: table.addLocation.bind(table),
      addLabelSet: table.labelSetOf.bind(table),
      addStack: (row) => table.stacks.idOf(row, 0, row.length),
      addKey: table.keyOf.bind(table),
    });
  return table;
}

function contentOf({ mappings, functions, locations, labelSets, ...table }: SymbolTable) {
  return {
    ...{ mappings, functions, locations, labelSets },
    stacks: Array.from({ length: table.stacks.count }, (_, id) => [...table.stacks.rowOf(id)]),
    keys: Array.from({ length: table.keyCount }, (_, key) => [table.stackOf[key], table.labelsOf[key]]),
  };
}

test('a table is what its chunks are when they are replayed', () => {
  const { table } = fillTable();
  expect(contentOf(replayAll([encodeSymbols(table, NO_MARKS)]))).toEqual(contentOf(table));
});

test('chunks that follow one another make the same table as one', () => {
  const { table, middle } = fillTable();
  const whole = new SymbolTable();
  const first = sketchPprof({ samples: [{ stack: 'main;a', values: [1], labels: { k: 'v', é: '' } }] });
  whole.intern(first);
  const chunks = [encodeSymbols(whole, NO_MARKS), encodeSymbols(table, middle)];
  expect(contentOf(replayAll(chunks))).toEqual(contentOf(table));
});

test('a table that was replayed finds what it had', () => {
  const { table } = fillTable();
  const again = replayAll([encodeSymbols(table, NO_MARKS)]);
  const { table: same } = fillTable();
  const before = marksOf(again);
  again.intern(sketchPprof({ samples: [{ stack: 'main;a', values: [1], labels: { k: 'v', é: '' } }] }));
  expect(marksOf(again)).toEqual(before);
  expect(marksOf(same)).toEqual(before);
});

test('nothing new is no chunk', () => {
  const { table } = fillTable();
  expect(encodeSymbols(table, marksOf(table))).toBeUndefined();
});
