// Each profile opens a segment of its own, and nothing is kept in memory: the answers are the same.
import { describeStore } from '../contract.ts';
import { makeStore } from './open-store.ts';

const bounds = { segmentBytes: 1, cacheBytes: 1 };

describeStore('the embedded store in the least memory', () => makeStore({ bounds }), ['reopen', 'expire']);
