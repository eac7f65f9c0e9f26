// Bounded reading of the fields of one sample stream frame: numbers never pass the frame's end.

/** Thrown inside a frame only; the decoder catches it per frame and counts the frame as malformed. */
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
      if (this.at >= this.end) throw new FieldError('a number runs over the end of its frame');
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
    if (this.at + 8 > this.end) throw new FieldError('a number runs over the end of its frame');
    const value = this.buffer.readBigUInt64LE(this.at);
    this.at += 8;
    return value;
  }

  /** A length and that many bytes, as text; invalid UTF-8 becomes U+FFFD. */
  text(): string {
    const length = this.varint();
    if (length > this.end - this.at) throw new FieldError('a text runs over the end of its frame');
    this.at += length;
    return this.buffer.toString('utf8', this.at - length, this.at);
  }

  rest(): string {
    const start = this.at;
    this.at = this.end;
    return this.buffer.toString('utf8', start, this.end);
  }
}
