// Owns the bytes between the sampler's pipe and a dialect: one reused buffer, the unfinished record carried over.
import type { Dialect } from './dialect.ts';
import { MAX_RECORD_BYTES } from './dialect.ts';

/** Bytes of the buffer in everyday use; it grows to hold a long record and shrinks again. */
const USUAL_BUFFER_BYTES = 131_072;

export class Feed {
  private buffer = Buffer.allocUnsafeSlow(USUAL_BUFFER_BYTES);
  private filled = 0;
  private readonly dialect: Dialect;

  constructor(dialect: Dialect) {
    this.dialect = dialect;
  }

  /** The free part of the buffer, for a reader that fills it itself; call `advance` with the bytes read. */
  free(): Buffer {
    return this.buffer.subarray(this.filled);
  }

  advance(bytes: number): void {
    this.filled += bytes;
    this.parse();
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const free = this.free();
      const part = chunk.subarray(at, at + free.length);
      free.set(part);
      at += part.length;
      this.advance(part.length);
    }
  }

  end(): void {
    this.dialect.finish(this.buffer, 0, this.filled);
    this.filled = 0;
  }

  private parse(): void {
    let start = this.dialect.consume(this.buffer, 0, this.filled);
    if (this.filled - start >= MAX_RECORD_BYTES)
      start += this.dialect.overflow(this.buffer, start, this.filled);
    if (start > 0) {
      this.buffer.copyWithin(0, start, this.filled);
      this.filled -= start;
    }
    this.resize();
  }

  private resize(): void {
    const isCramped = this.filled > this.buffer.length - 16_384;
    const isTooBig = this.buffer.length > USUAL_BUFFER_BYTES && this.filled < USUAL_BUFFER_BYTES / 2;
    if (!isCramped && !isTooBig) return;
    const next = Buffer.allocUnsafeSlow(isTooBig ? USUAL_BUFFER_BYTES : this.buffer.length * 2);
    this.buffer.copy(next, 0, 0, this.filled);
    this.buffer = next;
  }
}
