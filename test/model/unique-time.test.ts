import { describe, expect, test } from 'vitest';
import { UniqueTime } from '../../src/model/unique-time.ts';

describe('times of batches', () => {
  test('are never equal, since Pyroscope drops what repeats labels and time', () => {
    const times = new UniqueTime(() => 0.5);
    const given = [times.next(1_000), times.next(1_000), times.next(900), times.next(2_000)];
    expect(given).toEqual([1_500_000_000n, 1_500_000_001n, 1_500_000_002n, 2_500_000_000n]);
  });

  test('differ between processes with aligned windows', () => {
    expect(new UniqueTime(() => 0.1).next(1_000)).not.toBe(new UniqueTime(() => 0.2).next(1_000));
  });
});
