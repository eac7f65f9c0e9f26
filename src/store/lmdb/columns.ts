// The normal form of a profile: per series its sample keys, rising, and a column of values for each sample type. Adding such
// profiles up is adding numbers: no text, no stack, no object is touched.
//
// A series is: length of what follows, rows, then the keys as steps from one to the next, then per sample type either
//   VARINTS, divisor, quotients   where all values are >= 0 and below 2^53: values of a profiler are mostly small multiples
//   INT64, values                 of 8 bytes each, little-endian
import { ProtoWriter } from '../../formats/proto-writer.ts';
import type { PprofValues } from '../../formats/pprof/pprof.ts';
import type { ValueSums } from '../../formats/pprof/value-sums.ts';

const VARINTS = 0;
const INT64 = 1;

/** Rows of one series: row i has key keys[i] and values[i * types + type]. */
export interface SeriesRows {
  readonly rows: number;
  /** Rising; the first `rows` of them count. */
  readonly keys: Uint32Array;
  readonly values: PprofValues;
}

export class ColumnWriter {
  private readonly out = new ProtoWriter();
  private readonly part = new ProtoWriter();

  add(series: SeriesRows, types: number): void {
    const { part } = this;
    part.reset();
    part.varint(series.rows);
    let last = 0;
    for (let row = 0; row < series.rows; row++) {
      part.varint(series.keys[row]! - last);
      last = series.keys[row]!;
    }
    for (let type = 0; type < types; type++) this.column(series, types, type);
    this.out.varint(part.length);
    this.out.raw(part.view());
  }

  /** The bytes of all series since the last time. */
  take(): Buffer {
    const bytes = this.out.copy();
    this.out.reset();
    return bytes;
  }

  private column({ rows, values }: SeriesRows, types: number, type: number): void {
    const { part } = this;
    const divisor = values instanceof Float64Array ? divisorOf(values, { rows, types, type }) : undefined;
    if (divisor === undefined) {
      part.varint(INT64);
      const bytes = Buffer.allocUnsafe(8);
      for (let row = 0; row < rows; row++) {
        bytes.writeBigInt64LE(BigInt(values[row * types + type]!));
        part.raw(bytes);
      }
      return;
    }
    part.varint(VARINTS);
    part.varint(divisor);
    for (let row = 0; row < rows; row++) part.varint(Number(values[row * types + type]) / divisor);
  }
}

/** What divides all values of a column; undefined where one is negative. */
function divisorOf(
  values: Float64Array,
  { rows, types, type }: { rows: number; types: number; type: number },
): number | undefined {
  let divisor = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row * types + type]!;
    if (value < 0) return undefined;
    for (let rest = value; divisor !== 1 && rest !== 0;) [divisor, rest] = [rest, divisor % rest];
  }
  return divisor === 0 ? 1 : divisor;
}

/** Reads what ColumnWriter wrote, series by series, into arrays that the next series uses again. */
export class ColumnReader implements SeriesRows {
  rows = 0;
  keys = new Uint32Array(1_024);
  values: PprofValues = new Float64Array(1_024);
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;

  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
  }

  skip(): void {
    const length = this.varint();
    this.at += length;
  }

  read(types: number): void {
    this.varint();
    const rows = this.varint();
    this.rows = rows;
    if (this.keys.length < rows) this.keys = new Uint32Array(2 * rows);
    const cells = rows * types;
    if (!(this.values instanceof Float64Array) || this.values.length < cells)
      this.values = new Float64Array(Math.max(1_024, 2 * cells));
    const { keys } = this;
    let key = 0;
    for (let row = 0; row < rows; row++) {
      key += this.varint();
      keys[row] = key;
    }
    for (let type = 0; type < types; type++) this.column(types, type);
  }

  /** Adds the rows that were read; a key is the place of its sum. */
  addTo(sums: ValueSums): void {
    const { rows, keys, values } = this;
    if (rows === 0) return;
    sums.reserve(keys[rows - 1]! + 1);
    for (let row = 0; row < rows; row++) sums.add(keys[row]!, values, row);
  }

  private column(types: number, type: number): void {
    const { rows } = this;
    if (this.varint() === INT64) {
      if (this.values instanceof Float64Array) this.values = exactly(this.values, rows * types);
      const view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
      for (let row = 0; row < rows; row++, this.at += 8)
        this.values[row * types + type] = view.getBigInt64(this.at, true);
      return;
    }
    const divisor = this.varint();
    const { values } = this;
    if (values instanceof Float64Array)
      for (let row = 0; row < rows; row++) values[row * types + type] = this.varint() * divisor;
    else
      for (let row = 0; row < rows; row++)
        values[row * types + type] = BigInt(this.varint()) * BigInt(divisor);
  }

  /** Below 2^53. */
  private varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      byte = bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}

function exactly(values: Float64Array, cells: number): BigInt64Array {
  return BigInt64Array.from(values.subarray(0, cells), BigInt);
}
