// Rows of many writers in few inserts: ClickHouse makes a part of each, and chokes on many small ones.

interface Waiting<Row> {
  readonly row: Row;
  readonly bytes: number;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

export interface BatchOptions {
  /** Of one insert; a single row may have more. */
  readonly maxBytes?: number;
  readonly maxRows?: number;
  /** What the first row of an insert waits for company. */
  readonly lingerMs?: number;
}

const MAX_BYTES = 33_554_432;
/** Each may be of a day of its own, and a server takes 100 partitions in an insert. */
const MAX_ROWS = 64;
const LINGER_MS = 20;

/** While one insert is under way, further rows gather for the next. */
export class InsertBatch<Row> {
  private readonly insert: (rows: readonly Row[]) => Promise<void>;
  private readonly options: Required<BatchOptions>;
  private readonly waiting: Waiting<Row>[] = [];
  private isRunning = false;

  constructor(insert: (rows: readonly Row[]) => Promise<void>, options: BatchOptions = {}) {
    this.insert = insert;
    this.options = { maxBytes: MAX_BYTES, maxRows: MAX_ROWS, lingerMs: LINGER_MS, ...options };
  }

  /** Resolves when the row is in; fails as its insert does. */
  add(row: Row, bytes: number): Promise<void> {
    const added = new Promise<void>((done, failed) => {
      this.waiting.push({ row, bytes, done, failed });
    });
    if (!this.isRunning) void this.run();
    return added;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await new Promise((resolve) => setTimeout(resolve, this.options.lingerMs));
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, this.length());
      try {
        await this.insert(batch.map(({ row }) => row));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.isRunning = false;
  }

  private length(): number {
    const { maxBytes, maxRows } = this.options;
    let length = 1;
    let bytes = this.waiting[0]!.bytes;
    while (length < Math.min(maxRows, this.waiting.length)) {
      bytes += this.waiting[length]!.bytes;
      if (bytes > maxBytes) break;
      length += 1;
    }
    return length;
  }
}
