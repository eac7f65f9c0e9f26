// Which calls nobody waits for any more: memory that both sides see, so that a thread knows it in the middle of its work, when
// no message can reach it.

/** Calls that can be marked at once; a mark that is overwritten saves nothing, and breaks nothing. */
const SLOTS = 1_024;

export class Abandonments {
  readonly memory: SharedArrayBuffer;
  private readonly slots: Int32Array;

  constructor(memory = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.slots = new Int32Array(memory);
  }

  /** `call` counts from 1. */
  add(call: number): void {
    Atomics.store(this.slots, call % SLOTS, call | 0);
  }

  has(call: number): boolean {
    return Atomics.load(this.slots, call % SLOTS) === (call | 0);
  }
}
