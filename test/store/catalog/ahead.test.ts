import { describe, expect, test } from 'vitest';
import { ahead } from '../../../src/store/catalog/ahead.ts';

describe('work ahead', () => {
  test('gives results in the order of the items, never more at once than it may', async () => {
    let underWay = 0;
    let most = 0;
    const work = async (item: number) => {
      most = Math.max(most, (underWay += 1));
      // Later ones end earlier.
      for (let turns = 10 - item; turns > 0; turns--) await new Promise(setImmediate);
      underWay -= 1;
      return item;
    };
    const results: number[] = [];
    for await (const result of ahead([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3, work)) results.push(result);
    expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(most).toBe(3);
  });

  test('fails with the first failure in order, and lets no other one escape', async () => {
    const work = (item: number) =>
      item === 0 ? Promise.resolve(item) : Promise.reject(new Error(String(item)));
    const results: number[] = [];
    const all = async () => {
      for await (const result of ahead([0, 1, 2], 3, work)) results.push(result);
    };
    await expect(all()).rejects.toThrow('1');
    expect(results).toEqual([0]);
  });

  test('takes no further items when nobody asks any more', async () => {
    const taken: number[] = [];
    function* items() {
      for (let i = 0; i < 100; i++) yield (taken.push(i), i);
    }
    for await (const result of ahead(items(), 4, (item) => Promise.resolve(item))) if (result === 2) break;
    expect(taken.length).toBeLessThan(10);
  });
});
