// The open window: how often each stack was seen under each label set, on typed arrays without garbage per sample.

/** Distinct (label set, stack) pairs; a full window is sealed early. One profile of Pyroscope holds as many. */
export const MAX_ROWS = 16_000;
/** A power of two, so that a mask finds the slot; twice the rows, so that a probe is short. */
const SLOTS = 32_768;
const EMPTY = -1;

export class Window {
  readonly stacks = new Uint32Array(MAX_ROWS);
  readonly labelSets = new Uint32Array(MAX_ROWS);
  /** Samples per row; sums of weights may pass 2^32. */
  readonly counts = new Float64Array(MAX_ROWS);
  length = 0;
  /** Samples of all rows together. */
  samples = 0;
  private readonly slots = new Int32Array(SLOTS).fill(EMPTY);

  get isFull(): boolean {
    return this.length >= MAX_ROWS;
  }

  /** Counts `weight` samples. The window must not be full. */
  add(labelSet: number, stack: number, weight: number): void {
    this.samples += weight;
    const mixed = Math.imul(labelSet ^ Math.imul(stack, 0x1e3779b1), 0x05ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & (SLOTS - 1);
    for (;;) {
      const row = this.slots[slot]!;
      if (row === EMPTY) break;
      if (this.stacks[row] === stack && this.labelSets[row] === labelSet) {
        this.counts[row]! += weight;
        return;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    const row = this.length++;
    this.slots[slot] = row;
    this.stacks[row] = stack;
    this.labelSets[row] = labelSet;
    this.counts[row] = weight;
  }

  clear(): void {
    if (this.length > 0) this.slots.fill(EMPTY);
    this.length = 0;
    this.samples = 0;
  }
}
