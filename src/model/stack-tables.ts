// Interned frames and stacks of one epoch. Ids are dense, from 0 for frames and stacks alike.
// An epoch that is full is left behind whole: its windows keep it alive until they are encoded, a new one starts empty.

/** Bounds of one epoch. A table that reaches one makes `isFull` true. */
export const MAX_FRAMES = 65_536;
export const MAX_STACKS = 32_768;
/** Frames of all stacks together: 4 bytes each. */
export const MAX_STACK_CELLS = 2_097_152;
/** UTF-16 units of all names and files together. */
export const MAX_TEXT_UNITS = 8_388_608;
/** Frames of one stack; PHP code that recurses deeper is cut on the root side by its sampler. */
export const MAX_STACK_DEPTH = 16_384;

export class StackTables {
  /** Function name of each frame, as flame graphs show it. */
  readonly names: string[] = [];
  /** File of each frame, '' where there is none (internal functions). */
  readonly files: string[] = [];
  /** Line of each frame, 0 where unknown. */
  readonly lines: number[] = [];
  /** Frames of all stacks, one after the other, each from the leaf to the root. */
  cells = new Uint32Array(16_384);
  /** Where the frames of stack i start in `cells`; stack i ends where stack i + 1 starts. */
  starts = new Uint32Array(4_096);
  stackCount = 0;
  private textUnits = 0;

  get frameCount(): number {
    return this.names.length;
  }

  /** True when the owner must start a new epoch before it adds anything. */
  get isFull(): boolean {
    return (
      this.names.length >= MAX_FRAMES ||
      this.stackCount >= MAX_STACKS ||
      this.starts[this.stackCount]! >= MAX_STACK_CELLS ||
      this.textUnits >= MAX_TEXT_UNITS
    );
  }

  addFrame(name: string, file: string, line: number): number {
    this.textUnits += name.length + file.length;
    this.files.push(file);
    this.lines.push(line);
    return this.names.push(name) - 1;
  }

  /** Adds a stack of the first `depth` frame ids of `frames`, leaf first. */
  addStack(frames: ArrayLike<number>, depth: number): number {
    const start = this.starts[this.stackCount]!;
    this.reserve(start + depth);
    for (let i = 0; i < depth; i++) this.cells[start + i] = frames[i]!;
    this.stackCount += 1;
    this.starts[this.stackCount] = start + depth;
    return this.stackCount - 1;
  }

  depthOf(stack: number): number {
    return this.starts[stack + 1]! - this.starts[stack]!;
  }

  /** Frame ids of a stack, leaf first. A view: valid until the next stack is added. */
  framesOf(stack: number): Uint32Array {
    return this.cells.subarray(this.starts[stack], this.starts[stack + 1]);
  }

  /** Frame id of the outermost call. */
  rootOf(stack: number): number {
    return this.cells[this.starts[stack + 1]! - 1]!;
  }

  private reserve(cells: number): void {
    if (cells > this.cells.length) this.cells = doubled(this.cells, cells);
    if (this.stackCount + 2 > this.starts.length) this.starts = doubled(this.starts, this.stackCount + 2);
  }
}

function doubled(old: Uint32Array<ArrayBuffer>, atLeast: number): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(Math.max(old.length * 2, atLeast));
  bigger.set(old);
  return bigger;
}
