import { expect, test } from 'vitest';
import type { Labels } from '../../src/model/labels.ts';
import { ProfileBuilder } from '../../src/model/profile-builder.ts';
import type { Profile } from '../../src/model/profile.ts';
import { StackTables } from '../../src/model/stack-tables.ts';

/** A row of one sample per value of `n`, all of one stack. */
function windowOf(values: readonly string[]): Profile {
  const tables = new StackTables();
  const stack = tables.addStack([tables.addFrame('f', '', 0)], 1);
  const columns = { stacks: values.map(() => stack), counts: values.map(() => 1) };
  return {
    ...{ type: 'wall', periodNanos: 1, timeNanos: 5n, durationNanos: 1n, tables },
    labelSets: values.map((value): Labels => [['n', value]]),
    rows: { length: values.length, labelSets: values.map((_, i) => i), ...columns },
  };
}

function valuesIn({ labelSets, rows }: Profile): string[] {
  return Array.from(
    { length: rows.length },
    (_, row) => `${labelSets[rows.labelSets[row]!]![0]![1]} ${rows.counts[row]!}`,
  );
}

test('windows are added up, label set by label set', () => {
  const builder = new ProfileBuilder();
  builder.add(windowOf(['a', 'b']));
  builder.add(windowOf(['b', 'c']));
  expect(valuesIn(builder.finish())).toEqual(['a 1', 'b 2', 'c 1']);
  expect(builder.overflowed).toBe(0);
});

test.each([
  ['label sets', { maxRows: 100, maxSets: 2 }],
  ['rows', { maxRows: 2, maxSets: 100 }],
])('a recording that is full of %s counts what it has on, and what it leaves out', (_, limits) => {
  const builder = new ProfileBuilder(limits);
  builder.add(windowOf(['a', 'b', 'c']));
  builder.add(windowOf(['c', 'd', 'b']));
  expect(valuesIn(builder.finish())).toEqual(['a 1', 'b 2']);
  expect(builder.overflowed).toBe(3);
});
