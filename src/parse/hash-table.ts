// Open-addressing table from a seeded 64-bit hash of bytes to a small number, on typed arrays: no garbage per look-up.
// Identity is the hash alone: with a random seed and the bounds of an epoch a collision has odds of about 1e-10.

export const ABSENT = -1;

export class HashTable {
  private high: Int32Array;
  private low: Int32Array;
  private values: Int32Array;
  private size = 0;

  /** @param capacity slots to start with, a power of two */
  constructor(capacity: number) {
    this.high = new Int32Array(capacity);
    this.low = new Int32Array(capacity);
    this.values = new Int32Array(capacity).fill(ABSENT);
  }

  /** The value stored for the hash, or `ABSENT`. */
  get(high: number, low: number): number {
    const mask = this.values.length - 1;
    for (let slot = high & mask; ; slot = (slot + 1) & mask) {
      const value = this.values[slot]!;
      if (value === ABSENT || (this.high[slot] === high && this.low[slot] === low)) return value;
    }
  }

  /** Stores a value >= 0 for a hash that is not in the table yet. */
  put(high: number, low: number, value: number): void {
    if (this.size * 2 >= this.values.length) this.grow();
    const mask = this.values.length - 1;
    let slot = high & mask;
    while (this.values[slot] !== ABSENT) slot = (slot + 1) & mask;
    this.high[slot] = high;
    this.low[slot] = low;
    this.values[slot] = value;
    this.size += 1;
  }

  private grow(): void {
    const { high, low, values } = this;
    this.high = new Int32Array(values.length * 2);
    this.low = new Int32Array(values.length * 2);
    this.values = new Int32Array(values.length * 2).fill(ABSENT);
    this.size = 0;
    for (let slot = 0; slot < values.length; slot++) {
      if (values[slot] !== ABSENT) this.put(high[slot]!, low[slot]!, values[slot]!);
    }
  }
}
