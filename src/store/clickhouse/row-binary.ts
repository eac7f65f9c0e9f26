// ClickHouse's format RowBinary: any bytes go in and come out as they are, and nothing is escaped.
// Reference: https://clickhouse.com/docs/interfaces/formats/RowBinary
import { StoreError } from '../store.ts';

export class RowWriter {
  private readonly parts: Uint8Array[] = [];

  /** Days since 1970. */
  date(days: number): void {
    const part = Buffer.alloc(2);
    part.writeUInt16LE(days);
    this.push(part);
  }

  byte(value: number): void {
    this.push(Buffer.of(value));
  }

  uint64(value: bigint): void {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(value);
    this.push(part);
  }

  string(value: string | Uint8Array): void {
    const part = typeof value === 'string' ? Buffer.from(value) : value;
    this.varint(part.length);
    this.push(part);
  }

  float64(value: number): void {
    const part = Buffer.alloc(8);
    part.writeDoubleLE(value);
    this.push(part);
  }

  strings(values: readonly string[]): void {
    this.list(values, (value) => {
      this.string(value);
    });
  }

  /** An array; `write` writes one of its items. */
  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.varint(items.length);
    for (const item of items) write(item);
  }

  take(): Buffer {
    return Buffer.concat(this.parts);
  }

  private varint(value: number): void {
    const part: number[] = [];
    for (; value >= 0x80; value = Math.floor(value / 128)) part.push((value % 128) | 0x80);
    part.push(value);
    this.push(Uint8Array.from(part));
  }

  private push(part: Uint8Array): void {
    this.parts.push(part);
  }
}

/** Throws StoreError('broken') where the bytes end too early. */
export class RowReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  uint64(): bigint {
    return this.bytes.readBigUInt64LE(this.skip(8));
  }

  string(): string {
    return this.blob().toString('utf8');
  }

  blob(): Buffer {
    const length = this.varint();
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = this.bytes[this.skip(1)]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw broken();
  }

  /** Where it was. */
  private skip(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw broken();
    this.at = start + length;
    return start;
  }
}

function broken(): StoreError {
  return new StoreError('broken', 'ClickHouse has sent less than it announced.');
}
