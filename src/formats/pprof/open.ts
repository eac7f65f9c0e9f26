// An upload to the bytes of its profile: gzip is known by its first bytes, whatever the headers say, and cannot burst.
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip, gunzipSync } from 'node:zlib';
import { PprofError, PprofTooLarge } from './wire.ts';

const gunzipAsync = promisify(gunzip);

/** Of one profile, not compressed. */
export const MAX_RAW_BYTES = 67_108_864;
/**
 * What is unpacked at once. More is first only counted, in constant memory: some hundred KB of gzip can stand for gigabytes,
 * and what is over the bound must not be held before that is known.
 */
const FIRST_RAW_BYTES = 16_777_216;
const COUNT_CHUNK_BYTES = 65_536;
/** Of what is unpacked at once: most profiles are one chunk, which nobody has to put together. */
const CHUNK_BYTES = 131_072;

/** One member of gzip or several. Throws PprofError. */
export async function openPprof(body: Uint8Array, maxRawBytes: number = MAX_RAW_BYTES): Promise<Buffer> {
  const plain = openPlain(body, maxRawBytes);
  if (plain !== undefined) return plain;
  try {
    const firstBytes = Math.min(FIRST_RAW_BYTES, maxRawBytes);
    const first = await gunzipAsync(body, {
      maxOutputLength: firstBytes,
      chunkSize: CHUNK_BYTES,
    }).catch(undefinedIfTooLarge);
    if (first !== undefined) return first;
    if (firstBytes === maxRawBytes || (await unpacksToMore(body, maxRawBytes))) throw tooLarge(maxRawBytes);
    return await gunzipAsync(body, { maxOutputLength: maxRawBytes });
  } catch (error) {
    throw asPprofError(error, maxRawBytes);
  }
}

/** The same for files of one's own choice, which may fill the bound. Throws PprofError. */
export function openPprofSync(body: Uint8Array, maxRawBytes: number): Buffer {
  const plain = openPlain(body, maxRawBytes);
  if (plain !== undefined) return plain;
  try {
    return gunzipSync(body, { maxOutputLength: maxRawBytes });
  } catch (error) {
    throw asPprofError(error, maxRawBytes);
  }
}

/** Undefined for what is gzipped. */
function openPlain(body: Uint8Array, maxRawBytes: number): Buffer | undefined {
  if (body.length === 0) throw new PprofError('parsing profile: empty input file');
  if (body[0] === 0x1f && body[1] === 0x8b) return undefined;
  if (body.length > maxRawBytes) throw tooLarge(maxRawBytes);
  return Buffer.from(body.buffer, body.byteOffset, body.length);
}

function undefinedIfTooLarge(error: unknown): undefined {
  if (!(error instanceof RangeError)) throw error;
}

async function unpacksToMore(body: Uint8Array, maxRawBytes: number): Promise<boolean> {
  const unpacked = createGunzip({ chunkSize: COUNT_CHUNK_BYTES });
  Readable.from([body]).pipe(unpacked);
  let bytes = 0;
  // Leaving the loop destroys the stream.
  for await (const chunk of unpacked) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxRawBytes) return true;
  }
  return false;
}

function asPprofError(error: unknown, maxRawBytes: number): PprofError {
  if (error instanceof PprofError) return error;
  if (error instanceof RangeError) return tooLarge(maxRawBytes);
  const isCut = (error as { code?: string }).code === 'Z_BUF_ERROR';
  return new PprofError(`decompressing profile: ${isCut ? 'unexpected EOF' : 'its gzip is damaged'}`, {
    cause: error,
  });
}

function tooLarge(maxRawBytes: number): PprofTooLarge {
  return new PprofTooLarge(`decompressing profile: it has more than ${maxRawBytes} bytes`);
}
