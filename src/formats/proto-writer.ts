// Protocol buffer fields written into one growing buffer, which is used again for the next message.

const FIRST_BYTES = 65_536;
/** A buffer that one large message has grown beyond this is given back. */
const KEPT_BYTES = 4_194_304;

export class ProtoWriter {
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;

  get length(): number {
    return this.at;
  }

  reset(): void {
    this.at = 0;
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  /** A view of what was written: valid until `reset`. */
  view(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  copy(): Buffer {
    return Buffer.from(this.view());
  }

  /** An unsigned number below 2^53. */
  varint(value: number): void {
    this.reserve(10);
    let left = value;
    while (left > 0x7fffffff) {
      this.buffer[this.at++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    while (left > 127) {
      this.buffer[this.at++] = (left & 127) | 128;
      left >>>= 7;
    }
    this.buffer[this.at++] = left;
  }

  /** An unsigned number below 2^64. */
  bigVarint(value: bigint): void {
    this.reserve(10);
    let left = value;
    while (left > 127n) {
      this.buffer[this.at++] = Number(left & 127n) | 128;
      left >>= 7n;
    }
    this.buffer[this.at++] = Number(left);
  }

  /** A number field; zero is left out, as protocol buffers do. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.varint(field << 3);
    this.varint(value);
  }

  bigNumber(field: number, value: bigint): void {
    if (value === 0n) return;
    this.varint(field << 3);
    this.bigVarint(value);
  }

  /** The head of a length-delimited field; `length` bytes must follow. */
  head(field: number, length: number): void {
    this.varint((field << 3) | 2);
    this.varint(length);
  }

  bytes(field: number, value: Uint8Array): void {
    this.head(field, value.length);
    this.raw(value);
  }

  text(field: number, value: string): void {
    // toWellFormed: a lone surrogate has no UTF-8, and one invalid string makes servers refuse the whole profile.
    const text = value.toWellFormed();
    const length = Buffer.byteLength(text);
    this.head(field, length);
    this.reserve(length);
    this.at += this.buffer.write(text, this.at, length, 'utf8');
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(bigger, 0, 0, this.at);
    this.buffer = bigger;
  }
}

/** Bytes that `varint` writes for a number below 2^53. */
export function varintLength(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  if (value < 2_097_152) return 3;
  let bytes = 4;
  for (let left = Math.floor(value / 268_435_456); left > 0; left = Math.floor(left / 128)) bytes += 1;
  return bytes;
}
