// Sums of int64 values, row by row: doubles while they are exact, BigInt from then on; wrapping as int64 does.
import type { PprofValues } from './pprof.ts';
import { over } from './wire.ts';

/** 8 bytes each. */
export const MAX_SUMS = 33_554_432;

export class ValueSums {
  readonly columns: number;
  values: PprofValues;

  constructor(columns: number, rows = 256) {
    this.columns = columns;
    this.values = new Float64Array(columns * rows);
  }

  /** Makes room for rows 0 to `rows` - 1. Throws PprofTooLarge. */
  reserve(rows: number): void {
    const cells = rows * this.columns;
    if (cells <= this.values.length) return;
    if (cells > MAX_SUMS) throw over(MAX_SUMS, 'values');
    const length = Math.min(MAX_SUMS, Math.max(cells, this.values.length * 2));
    if (this.values instanceof Float64Array) {
      const bigger = new Float64Array(length);
      bigger.set(this.values);
      this.values = bigger;
    } else {
      const bigger = new BigInt64Array(length);
      bigger.set(this.values);
      this.values = bigger;
    }
  }

  /** Adds row `from` of `added` to row `row`, which must be there. */
  add(row: number, added: PprofValues, from: number): void {
    const { columns } = this;
    if (this.values instanceof Float64Array && added instanceof Float64Array) {
      const { values } = this;
      const at = row * columns;
      for (let i = 0; i < columns; i++) {
        const sum = values[at + i]! + added[from * columns + i]!;
        if (sum > Number.MAX_SAFE_INTEGER || sum < -Number.MAX_SAFE_INTEGER) {
          this.addExactly(row, added, from, i);
          return;
        }
        values[at + i] = sum;
      }
    } else this.addExactly(row, added, from, 0);
  }

  isZero(row: number): boolean {
    for (let i = row * this.columns; i < (row + 1) * this.columns; i++)
      if (this.values[i] !== 0 && this.values[i] !== 0n) return false;
    return true;
  }

  /** Rows in this order, as values of their own: doubles if all of them are exact. */
  pick(rows: readonly number[]): PprofValues {
    const { columns, values } = this;
    const exact = new Float64Array(rows.length * columns);
    const isExact = rows.every((row, i) => {
      for (let column = 0; column < columns; column++) {
        const value = Number(values[row * columns + column]);
        if (!Number.isSafeInteger(value)) return false;
        exact[i * columns + column] = value;
      }
      return true;
    });
    if (isExact) return exact;
    const picked = new BigInt64Array(rows.length * columns);
    rows.forEach((row, i) => {
      for (let column = 0; column < columns; column++)
        picked[i * columns + column] = BigInt(values[row * columns + column]!);
    });
    return picked;
  }

  private addExactly(row: number, added: PprofValues, from: number, first: number): void {
    if (this.values instanceof Float64Array) this.values = BigInt64Array.from(this.values, BigInt);
    for (let i = first; i < this.columns; i++) {
      const at = row * this.columns + i;
      this.values[at] = this.values[at]! + BigInt(added[from * this.columns + i]!);
    }
  }
}
