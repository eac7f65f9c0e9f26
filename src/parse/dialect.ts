// What every parser of a sampler's output offers. Bytes go in, samples come out through the sink; nothing is ever thrown.

/** Longest record (trace, line, stream frame) in bytes; a longer one is skipped to its end and counted. */
export const MAX_RECORD_BYTES = 1_048_576;

export interface Dialect {
  /**
   * Reads whole records from `buffer[start, end)` and returns how many bytes it consumed.
   * What remains is offered again with more bytes behind it.
   */
  consume(buffer: Buffer, start: number, end: number): number;
  /** The stream has ended with these unconsumed bytes: takes what is whole, counts what is not. */
  finish(buffer: Buffer, start: number, end: number): void;
  /**
   * The unconsumed bytes exceed `MAX_RECORD_BYTES`: counts the record as dropped and returns how many bytes may be
   * forgotten now. The dialect stays in skipping mode until the record's end has passed through `consume`.
   */
  overflow(buffer: Buffer, start: number, end: number): number;
  /** Leaves the tables behind and starts empty ones, telling the sink. */
  restartEpoch(): void;
}
