// Why a transaction could not be written, in the words of the store.
import { PprofTooLarge } from '../../formats/pprof/wire.ts';
import { StoreError } from '../store.ts';

export function toStoreError(error: unknown): Error {
  if (error instanceof StoreError) return error;
  if (error instanceof PprofTooLarge) return new StoreError('too_large', error.message, error);
  const { message } = error as Error;
  if (/MDB_MAP_FULL|ENOSPC|No space left/.test(message))
    return new StoreError('full', 'The disk of the store is full.', error);
  // LMDB's word for a write that has only partly succeeded: mostly it is the last room of a disk.
  if (/Input\/output error|EIO/.test(message))
    return new StoreError(
      'full',
      'The disk of the store does not take what is written: it may be full.',
      error,
    );
  return new StoreError('broken', 'The store could not write.', error);
}
