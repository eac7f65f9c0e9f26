// Bounded reading of binary fields (sample stream, protocol buffers): nothing is read past the end of its record.

/** Thrown inside a record only; the decoder catches it per record. */
export class FieldError extends Error {}

export class FieldReader {
  at = 0;
  private buffer: Buffer = Buffer.alloc(0);
  private end = 0;

  reset(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  /** An unsigned LEB128 number up to 2^53 - 1. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let bytes = 0; bytes < 8; bytes++) {
      if (this.at >= this.end) throw new FieldError('a number runs over the end of its record');
      const byte = this.buffer[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new FieldError('a number is over 2^53 - 1');
  }

  u64(): bigint {
    if (this.at + 8 > this.end) throw new FieldError('a number runs over the end of its record');
    const value = this.buffer.readBigUInt64LE(this.at);
    this.at += 8;
    return value;
  }

  /** A length and that many bytes, as text; invalid UTF-8 becomes U+FFFD. */
  text(): string {
    const length = this.varint();
    if (length > this.end - this.at) throw new FieldError('a text runs over the end of its record');
    this.at += length;
    return this.buffer.toString('utf8', this.at - length, this.at);
  }

  /** An unsigned LEB128 number of 64 bits. */
  bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.at >= this.end) throw new FieldError('a number runs over the end of its record');
      const byte = this.buffer[this.at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new FieldError('a number is over 64 bits');
  }

  /** A length and that many bytes: where they start and end. */
  range(): readonly [start: number, end: number] {
    const length = this.varint();
    if (length > this.end - this.at) throw new FieldError('a field runs over the end of its record');
    this.at += length;
    return [this.at - length, this.at];
  }

  skip(bytes: number): void {
    if (bytes > this.end - this.at) throw new FieldError('a field runs over the end of its record');
    this.at += bytes;
  }

  rest(): string {
    const start = this.at;
    this.at = this.end;
    return this.buffer.toString('utf8', start, this.end);
  }
}
