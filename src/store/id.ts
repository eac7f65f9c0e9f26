// Ids of profiles: xids, as profefe makes them. 12 bytes (seconds, machine, process, counter) as 20 characters of base32hex.
import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghijklmnopqrstuv';
const ID = /^[0-9a-v]{19}[0g]$/;
const NANOS_PER_S = 1_000_000_000n;
const MAX_SECONDS = 0xffffffffn;

/** Of this process: unlike every other's, also of one that had the same pid before. */
const origin = randomBytes(5);
let counter = randomBytes(3).readUIntBE(0, 3);

/** Unique; ids of later times sort behind those of earlier ones, to the second. */
export function makeProfileId(createdAtNanos: bigint): string {
  const bytes = withTime(createdAtNanos);
  origin.copy(bytes, 4);
  counter = (counter + 1) & 0xffffff;
  bytes.writeUIntBE(counter, 9, 3);
  return encode(bytes);
}

/** Always the same for one name and time, and unlike all others: its last eight bytes are a digest of the name. */
export function profileIdOf(createdAtNanos: bigint, name: string): string {
  const bytes = withTime(createdAtNanos);
  createHash('sha256').update(name).digest().copy(bytes, 4, 0, 8);
  return encode(bytes);
}

/** Whether it is a whole id and nothing else: a part of one must never find somebody's profile. */
export function isProfileId(text: string): boolean {
  return ID.test(text);
}

/** The seconds (UNIX time) that an id was made from. */
export function secondsOfId(id: string): number {
  let value = 0;
  for (const letter of id.slice(0, 7)) value = value * 32 + ALPHABET.indexOf(letter);
  return Math.floor(value / 8);
}

/** Sorts before all ids of this second (UNIX time) and behind all of earlier ones; for spans of ids, it is nobody's. */
export function lowestIdOf(seconds: number): string {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(seconds);
  return encode(bytes);
}

/** Twelve bytes, the seconds in the first four. */
function withTime(createdAtNanos: bigint): Buffer {
  const bytes = Buffer.alloc(12);
  const seconds = createdAtNanos / NANOS_PER_S;
  bytes.writeUInt32BE(Number(seconds < 0n ? 0n : seconds > MAX_SECONDS ? MAX_SECONDS : seconds));
  return bytes;
}

function encode(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(value >>> (bits - 5)) & 31]!;
    value &= (1 << bits) - 1;
  }
  return text + ALPHABET[(value << (5 - bits)) & 31]!;
}
