// Keys of the store's tables. Numbers are big-endian, so that their order is that of the bytes; names of any length are hashed.
import { createHash } from 'node:crypto';

const NANOS_PER_HOUR = 3_600_000_000_000n;
const NANOS_PER_DAY = 24n * NANOS_PER_HOUR;
const NAME_BYTES = 16;
const TYPE_BYTES = 8;
export const MIN_TIME = -(2n ** 63n);
export const MAX_TIME = 2n ** 63n - 1n;
/** Days and hours are counted from 1970 and may lie before it. */
const BIAS = 2 ** 31;
const DAY_KEY_BYTES = 12;
const ENTRY_TIME = 4 + TYPE_BYTES;
const ENTRY_ID = ENTRY_TIME + 8;

/** What a part of the dictionary holds. */
export const SYMBOLS = 0;
export const SERIES = 1;
export const HEADERS = 2;
export type DictionaryKind = typeof SYMBOLS | typeof SERIES | typeof HEADERS;

export function tenantKey(tenant: string): Buffer {
  return hash(tenant, NAME_BYTES);
}

export function serviceKey(tenant: string, service: string): Buffer {
  return Buffer.concat([tenantKey(tenant), hash(service, NAME_BYTES)]);
}

/** All profiles of one type in one service: what their entries' keys begin with. */
export function streamKey(serviceId: number, type: string): Buffer {
  return Buffer.concat([uint32(serviceId), hash(type, TYPE_BYTES)]);
}

export function entryKey(stream: Buffer, timeNanos: bigint, id: string): Buffer {
  return Buffer.concat([stream, timeKey(timeNanos), idKey(id)]);
}

export function streamOfEntry(key: Buffer): Buffer {
  return key.subarray(0, ENTRY_TIME);
}

/** Time and id: what entries of different streams are put in order by. */
export function orderOfEntry(key: Buffer): Buffer {
  return key.subarray(ENTRY_TIME);
}

export function timeOfEntry(key: Buffer): bigint {
  return key.readBigUInt64BE(ENTRY_TIME) + MIN_TIME;
}

export function idOfEntry(key: Buffer): string {
  return key.toString('latin1', ENTRY_ID);
}

export function idKey(id: string): Buffer {
  return Buffer.from(id, 'latin1');
}

export function ageKey(timeNanos: bigint, id: string): Buffer {
  return Buffer.concat([timeKey(timeNanos), idKey(id)]);
}

export function idOfAge(key: Buffer): string {
  return key.toString('latin1', 8);
}

/** Times beyond 64 bits are put at the end of them. */
export function timeKey(timeNanos: bigint): Buffer {
  const time = timeNanos < MIN_TIME ? MIN_TIME : timeNanos > MAX_TIME ? MAX_TIME : timeNanos;
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(time - MIN_TIME);
  return key;
}

export function isStorableTime(timeNanos: bigint): boolean {
  return timeNanos >= MIN_TIME && timeNanos <= MAX_TIME;
}

export function dayOf(timeNanos: bigint): number {
  return Number(floorDivide(timeNanos, NANOS_PER_DAY));
}

export function hourOf(timeNanos: bigint): number {
  return Number(floorDivide(timeNanos, NANOS_PER_HOUR));
}

export function startOfHour(hour: number): bigint {
  return BigInt(hour) * NANOS_PER_HOUR;
}

/** Entries of the hour come before it: the first key of the next hour, or of what follows the stream where time ends. */
export function endOfHourKey(stream: Buffer, hour: number): Buffer {
  const end = startOfHour(hour + 1);
  return end > MAX_TIME ? afterPrefix(stream) : Buffer.concat([stream, timeKey(end)]);
}

export function hourKey(stream: Buffer, hour: number): Buffer {
  return Buffer.concat([stream, uint32(hour + BIAS)]);
}

export function hourOfHourKey(key: Buffer): number {
  return key.readUInt32BE(ENTRY_TIME) - BIAS;
}

export function streamOfHourKey(key: Buffer): Buffer {
  return key.subarray(0, ENTRY_TIME);
}

/** The parts of a day's segment follow one another. */
export function segmentKey(serviceId: number, day: number, part: number): Buffer {
  const key = Buffer.allocUnsafe(DAY_KEY_BYTES);
  key.writeUInt32BE(serviceId);
  key.writeUInt32BE(day + BIAS, 4);
  key.writeUInt32BE(part, 8);
  return key;
}

export function dictionaryKey(segmentId: number, kind: DictionaryKind, number: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key.writeUInt32BE(segmentId);
  key[4] = kind;
  key.writeUInt32BE(number, 5);
  return key;
}

/** The first key behind all those that begin with `prefix`. */
export function afterPrefix(prefix: Buffer): Buffer {
  const next = Buffer.from(prefix);
  for (let i = next.length - 1; i >= 0; i--) {
    if (next[i]! < 0xff) {
      next[i] = next[i]! + 1;
      return next.subarray(0, i + 1);
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff);
}

export function uint32(value: number): Buffer {
  const key = Buffer.allocUnsafe(4);
  key.writeUInt32BE(value);
  return key;
}

function hash(text: string, bytes: number): Buffer {
  return createHash('sha256').update(text.toWellFormed()).digest().subarray(0, bytes);
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value >= 0n || value % by === 0n ? value / by : value / by - 1n;
}
