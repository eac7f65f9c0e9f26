// Distinct rows of numbers (stacks of locations), each with a dense id. No object per row, and no string as a key.
import { over } from './wire.ts';

export interface StackBounds {
  readonly rows: number;
  readonly cells: number;
}

const EMPTY = 0;
/** Rows per slot of the table at most. */
const LOAD = 0.5;
const SEED = Math.floor(Math.random() * 2 ** 32);

export class StackSet {
  /** Row i is in `cells` from starts[i] to starts[i + 1]. */
  cells = new Uint32Array(4_096);
  starts = new Uint32Array(256);
  count = 0;
  private readonly bounds: StackBounds;
  private slots = new Uint32Array(512);
  private hashes = new Uint32Array(256);

  constructor(bounds: StackBounds) {
    this.bounds = bounds;
  }

  /** The id of the row of `cells` from `start` to `end`; a new one is copied. Throws PprofTooLarge. */
  idOf(cells: Uint32Array, start: number, end: number): number {
    const hash = hashOf(cells, start, end);
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.slots[slot]! - 1;
      if (id < 0) return this.add(slot, hash, cells.subarray(start, end));
      if (this.hashes[id] === hash && this.isEqual(id, cells, start, end)) return id;
    }
  }

  rowOf(id: number): Uint32Array {
    return this.cells.subarray(this.starts[id], this.starts[id + 1]);
  }

  private isEqual(id: number, cells: Uint32Array, start: number, end: number): boolean {
    let at = this.starts[id]!;
    if (this.starts[id + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++) if (this.cells[at++] !== cells[i]) return false;
    return true;
  }

  private add(slot: number, hash: number, row: Uint32Array): number {
    const start = this.starts[this.count]!;
    if (this.count >= this.bounds.rows) throw over(this.bounds.rows, 'different stacks');
    if (start + row.length > this.bounds.cells)
      throw over(this.bounds.cells, 'frames in its different stacks');
    const id = this.count++;
    if (start + row.length > this.cells.length) this.cells = grown(this.cells, start + row.length);
    if (id + 1 >= this.starts.length) this.starts = grown(this.starts, id + 2);
    if (id >= this.hashes.length) this.hashes = grown(this.hashes, id + 1);
    this.cells.set(row, start);
    this.starts[id + 1] = start + row.length;
    this.hashes[id] = hash;
    this.slots[slot] = id + 1;
    if (this.count > this.slots.length * LOAD) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id]! & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.slots = slots;
  }
}

/** MurmurHash3's mixing, word by word: neighbouring ids spread over the table, and no sender knows the seed. */
function hashOf(cells: Uint32Array, start: number, end: number): number {
  let hash = SEED ^ (end - start);
  for (let i = start; i < end; i++) {
    let word = Math.imul(cells[i]!, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function grown(old: Uint32Array<ArrayBuffer>, atLeast: number): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(Math.max(old.length * 2, atLeast));
  bigger.set(old);
  return bigger;
}
