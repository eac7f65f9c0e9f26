import { expect, test } from 'vitest';
import type { ProfileRecord } from '../../../src/store/catalog/record.ts';
import { RecordCache } from '../../../src/store/objects/record-cache.ts';

function recordNamed(id: string): ProfileRecord {
  const profile = { id, tenant: 't', service: 's', type: 'cpu', labels: [], createdAtNanos: 0n, bytes: 1 };
  return { profile: { ...profile, sampleTypes: [], periodType: undefined }, splits: false, series: [] };
}

test('a cache of records lets go of what was not asked for the longest, and never holds more than it may', () => {
  const cache = new RecordCache(10);
  for (const key of ['a', 'b']) cache.set(key, recordNamed(key), 5);
  expect(cache.get('a')?.profile.id).toBe('a');
  cache.set('c', recordNamed('c'), 5);
  expect(['a', 'b', 'c'].map((key) => cache.get(key)?.profile.id)).toEqual(['a', undefined, 'c']);
  cache.set('big', recordNamed('big'), 11);
  expect(['a', 'c', 'big'].map((key) => cache.get(key))).toEqual([undefined, undefined, undefined]);
  expect(cache.counts).toEqual({ hits: 3, misses: 4, evictions: 4 });
  cache.set('d', recordNamed('d'), 4);
  cache.set('d', recordNamed('d'), 10);
  cache.delete('gone');
  expect(cache.get('d')).toBeDefined();
});
