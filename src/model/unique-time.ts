// Times for batches: Pyroscope silently drops one of two profiles with equal labels and equal time.

export class UniqueTime {
  private last = 0n;
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /**
   * UNIX time in ns: `atMs` and a random part of the second, so that other processes with the same labels and aligned windows
   * get other times; later than every time given before.
   */
  next(atMs: number): bigint {
    const wanted = BigInt(Math.floor(atMs)) * 1_000_000n + BigInt(Math.floor(this.random() * 1e9));
    this.last = wanted > this.last ? wanted : this.last + 1n;
    return this.last;
  }
}
