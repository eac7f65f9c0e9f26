// An upload to the bytes of its profile: gzip is known by its first bytes, whatever the headers say, and cannot burst.
import { gunzipSync } from 'node:zlib';
import { gunzipWithin } from '../gunzip.ts';
import { PprofError, PprofTooLarge } from './wire.ts';

/** Of one profile, not compressed. */
export const MAX_RAW_BYTES = 67_108_864;

/** One member of gzip or several. Throws PprofError. */
export async function openPprof(body: Uint8Array, maxRawBytes: number = MAX_RAW_BYTES): Promise<Buffer> {
  const plain = openPlain(body, maxRawBytes);
  if (plain !== undefined) return plain;
  try {
    return await gunzipWithin(body, maxRawBytes);
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
