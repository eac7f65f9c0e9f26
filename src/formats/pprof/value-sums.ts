// Sums of int64 values, row by row: doubles while they are exact, BigInt from then on; wrapping as int64 does.
import type { PprofValues } from './pprof.ts';

export class ValueSums {
  readonly columns: number;
  values: PprofValues;

  constructor(columns: number, rows = 256) {
    this.columns = columns;
    this.values = new Float64Array(columns * rows);
  }

  /** Makes room for rows 0 to `rows` - 1. */
  reserve(rows: number): void {
    const cells = rows * this.columns;
    if (cells <= this.values.length) return;
    const length = Math.max(cells, this.values.length * 2);
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

  /** Rows in this order, as values of their own. */
  pick(rows: readonly number[]): PprofValues {
    const { columns } = this;
    if (this.values instanceof Float64Array) {
      const picked = new Float64Array(rows.length * columns);
      rows.forEach((row, i) => {
        for (let c = 0; c < columns; c++) picked[i * columns + c] = Number(this.values[row * columns + c]);
      });
      return picked;
    }
    const picked = new BigInt64Array(rows.length * columns);
    rows.forEach((row, i) => {
      for (let c = 0; c < columns; c++) picked[i * columns + c] = BigInt(this.values[row * columns + c]!);
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
