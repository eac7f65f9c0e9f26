import { expect, test } from 'vitest';
import { PprofTooLarge } from '../../../src/formats/pprof/wire.ts';
import { toStoreError } from '../../../src/store/lmdb/write-error.ts';
import { StoreError } from '../../../src/store/store.ts';

test.each([
  ['No space left on device: Attempting to write page at position 6283264', 'full'],
  ['MDB_MAP_FULL: Environment mapsize limit reached', 'full'],
  ['Input/output error', 'full'],
  ['Key too large', 'broken'],
])('a write that fails with "%s" finds the store %s', (message, code) => {
  expect(toStoreError(new Error(message))).toMatchObject({ name: 'StoreError', code });
});

test('a profile that does not fit stays what it is', () => {
  expect(toStoreError(new PprofTooLarge('much'))).toMatchObject({ code: 'too_large', message: 'much' });
  const own = new StoreError('incompatible', 'no');
  expect(toStoreError(own)).toBe(own);
});
