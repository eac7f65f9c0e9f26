// Values in SQL. Old servers know no parameters of queries, so that texts are escaped here: all but letters, digits and a few more.
import { StoreError } from '../store.ts';

/** Of one text in a query; a server reads 256 KiB of SQL. */
export const MAX_LITERAL_BYTES = 8_192;

/** Date counts days in two bytes. */
const MAX_DAY = 65_535;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** A string of ClickHouse with exactly these characters, as UTF-8. Throws StoreError('too_large'). */
export function literal(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_LITERAL_BYTES)
    throw new StoreError('too_large', `A name has more than ${MAX_LITERAL_BYTES} bytes.`);
  let sql = "'";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    sql += /[\w ./:-]/.test(char) ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${sql}'`;
}

export function literals(texts: readonly string[]): string {
  return texts.map(literal).join(', ');
}

/** Of UNIX time in ns, cut to what Date can say: 1970 to 2149. */
export function dayOf(nanos: bigint): number {
  const day = nanos / NANOS_PER_DAY;
  return nanos < 0n ? 0 : day > MAX_DAY ? MAX_DAY : Number(day);
}

export function isDay(nanos: bigint): boolean {
  return nanos >= 0n && nanos < BigInt(MAX_DAY + 1) * NANOS_PER_DAY;
}

/** UInt64, cut to its range. */
export function uint64(value: bigint): string {
  return String(value < 0n ? 0n : BigInt.asUintN(64, value) === value ? value : 2n ** 64n - 1n);
}

/** `'2019-01-01'`. */
export function dayLiteral(day: number): string {
  return `'${new Date(day * 86_400_000).toISOString().slice(0, 10)}'`;
}
