import { MemoryStore } from '../fixtures/memory-store.ts';
import { describeStore } from './contract.ts';

describeStore('the store in memory', () => {
  const store = new MemoryStore();
  return Promise.resolve({ store, dispose: () => store.close() });
});
