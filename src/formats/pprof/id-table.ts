// Ids of a file's messages to their places in a table. Ids are mostly 1, 2, 3, but may be any number of 64 bits.
import { PprofError } from './wire.ts';
import type { Wire } from './wire.ts';

export class IdTable {
  private readonly what: string;
  private readonly dense: Int32Array;
  /** By text: hashes of texts are seeded, those of numbers are not, and a sender could make them collide. */
  private readonly others = new Map<string, number>();
  private count = 0;

  /** `expected` messages are there. */
  constructor(what: string, expected: number) {
    this.what = what;
    this.dense = new Int32Array(2 * expected + 64);
  }

  /** Gives the next message its id. */
  add(id: number | bigint): void {
    if (id === 0 || id === 0n)
      throw new PprofError(`malformed profile: found ${this.what} with reserved ID=0`);
    this.count += 1;
    if (this.find(id) >= 0)
      throw new PprofError(`malformed profile: multiple ${this.what}s with same id: ${id}`);
    if (id < this.dense.length) this.dense[Number(id)] = this.count;
    else this.others.set(`#${id}`, this.count);
  }

  /** The place of the id that is read next; -1 where no message has it. */
  read(wire: Wire): number {
    const id = wire.integer();
    if (id < this.dense.length) return this.dense[id]! - 1;
    return this.find(Number.isNaN(id) ? wire.big() : id);
  }

  private find(id: number | bigint): number {
    if (id < this.dense.length) return this.dense[Number(id)]! - 1;
    return (this.others.get(`#${id}`) ?? 0) - 1;
  }
}
