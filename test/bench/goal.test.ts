import { describe, expect, test } from 'vitest';
import type { Goal } from '../../bench/goal.ts';
import { goalTable, isReached } from '../../bench/goal.ts';

const goal = (change: Partial<Goal>): Goal => ({
  ...{ figure: 'one', unit: 'us', ours: 10, peer: 200, isPeerRecorded: true, ratio: 20 },
  ...{ kind: 'ratio', must: 10, aim: 25, ...change },
});

describe('a goal', () => {
  test.each([
    ['a ratio', goal({}), 20, 21],
    ['a ceiling', goal({ kind: 'ceiling' }), 10, 9],
    ['a floor', goal({ kind: 'floor' }), 10, 11],
  ])('that is %s is reached at its limit and not beyond', (_, of, limit, beyond) => {
    expect(isReached(of, limit)).toBe(true);
    expect(isReached(of, beyond)).toBe(false);
  });

  test.each(['ratio', 'ceiling', 'floor'] as const)('that is a %s is not reached unmeasured', (kind) => {
    expect(isReached(goal({ kind, ours: NaN, ratio: undefined }), 0)).toBe(false);
  });

  test('stands in the table with its limits, and says what is recorded', () => {
    const [, , line] = goalTable([goal({})], 'peer').split('\n');
    expect(line).toBe('| one | us | 10.0 | 200 (recorded) | 20.0x | 10x: yes | 25x: no |');
    const [, , bare] = goalTable([goal({ peer: undefined, ratio: undefined, aim: undefined })], 'peer').split(
      '\n',
    );
    expect(bare).toBe('| one | us | 10.0 | - | - | 10x: no | - |');
  });
});
