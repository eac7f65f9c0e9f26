// Fields of protocol buffers out of bytes that nobody vouches for: strict, and fast where numbers are small.

/** Why bytes are no profile, in the words that google/pprof has for it, and a reason. */
export class PprofError extends Error {
  override readonly name: string = 'PprofError';
}

/** The profile is over a bound. */
export class PprofTooLarge extends PprofError {
  override readonly name = 'PprofTooLarge';
}

export function over(bound: number, what: string): PprofTooLarge {
  return new PprofTooLarge(`profile is too large: it has more than ${bound} ${what}`);
}

/** Bytes that do not follow the format. */
export function unrecognized(reason: string): PprofError {
  return new PprofError(`parsing profile: unrecognized profile format: ${reason}`);
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Made once: most numbers of 64 bits are flags and zeros. */
const SMALL: readonly bigint[] = Array.from({ length: 0x80 }, (_, value) => BigInt(value));

/** Stands on one message, from `at` to `end`. */
export class Wire {
  readonly buffer: Buffer;
  at: number;
  end: number;
  /** Of the field that `next` has come to. */
  field = 0;
  type = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.at = start;
    this.end = end;
  }

  /** Goes on to the next field; false at the end. Throws PprofError. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const key = this.number();
    this.field = Math.floor(key / 8);
    this.type = key & 7;
    if (this.field === 0) throw unrecognized('there is no field 0');
    return true;
  }

  /** A varint below 2^53. */
  number(): number {
    const { buffer } = this;
    if (this.at < this.end && buffer[this.at]! < 0x80) return buffer[this.at++]!;
    const value = this.integer();
    if (!Number.isNaN(value)) return value;
    const exact = this.big();
    if (exact > BigInt(Number.MAX_SAFE_INTEGER)) throw unrecognized('a number is over 2^53');
    return Number(exact);
  }

  /** int64 as a double; NaN where it is not exact as one: then `at` is where it was, and `big` reads it. */
  integer(): number {
    const { buffer, at, end } = this;
    if (at + 1 < end) {
      const first = buffer[at]!;
      const second = buffer[at + 1]!;
      // Most numbers of a profile are ids of one or two bytes.
      if (first < 0x80) {
        this.at = at + 1;
        return first;
      }
      if (second < 0x80) {
        this.at = at + 2;
        return (first & 0x7f) | (second << 7);
      }
    }
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = this.at < this.end ? buffer[this.at++]! : this.fail();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && value <= Number.MAX_SAFE_INTEGER) return value;
      if (byte < 0x80) break;
    }
    this.at = at;
    return NaN;
  }

  /** uint64: ten bytes at most, what is over 64 bits is an error. */
  big(): bigint {
    const { buffer } = this;
    if (this.at < this.end && buffer[this.at]! < 0x80) return SMALL[buffer[this.at++]!]!;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.at < this.end ? buffer[this.at++]! : this.fail();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value >> 64n) break;
        return value;
      }
    }
    throw unrecognized('a number is over 64 bits');
  }

  /** uint64, as a number where one can hold it. */
  id(): number | bigint {
    const value = this.integer();
    return Number.isNaN(value) ? this.big() : value;
  }

  signed(): bigint {
    return BigInt.asIntN(64, this.big());
  }

  /** int64 that must be exact as a double: a line, a column. */
  signedNumber(): number {
    const value = this.integer();
    if (!Number.isNaN(value)) return value;
    const exact = Number(this.signed());
    if (!Number.isSafeInteger(exact)) throw unrecognized('a number is over 2^53');
    return exact;
  }

  /** Of a length-delimited field: where it ends; `at` is then its start. */
  length(): number {
    const length = this.number();
    if (length > this.end - this.at) this.fail();
    return this.at + length;
  }

  /** Into a length-delimited field: `end` is then its end. Returns the old one, to be put back behind it. */
  enter(): number {
    const { end } = this;
    this.end = this.length();
    return end;
  }

  /** A field that nobody asks for. */
  skip(): void {
    if (this.type === VARINT) this.big();
    else if (this.type === FIXED64) this.jump(8);
    else if (this.type === BYTES) this.at = this.length();
    else if (this.type === FIXED32) this.jump(4);
    else throw unrecognized(`wire type ${this.type}`);
  }

  /** The field must be of this type. */
  expect(type: number): void {
    if (this.type !== type)
      throw unrecognized(`field ${this.field} is of wire type ${this.type}, not ${type}`);
  }

  private jump(bytes: number): void {
    if (bytes > this.end - this.at) this.fail();
    this.at += bytes;
  }

  private fail(): never {
    throw unrecognized('a field runs over the end of its message');
  }
}
