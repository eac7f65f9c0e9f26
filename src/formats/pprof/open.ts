// An upload to the bytes of its profile: gzip is known by its first bytes, whatever the headers say, and cannot burst.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PprofError, PprofTooLarge } from './wire.ts';

const gunzipAsync = promisify(gunzip);

/** Of one profile, not compressed. */
export const MAX_RAW_BYTES = 67_108_864;

/** Throws PprofError. */
export async function openPprof(body: Uint8Array, maxRawBytes: number = MAX_RAW_BYTES): Promise<Buffer> {
  if (body.length === 0) throw new PprofError('parsing profile: empty input file');
  if (body[0] !== 0x1f || body[1] !== 0x8b) {
    if (body.length > maxRawBytes) throw tooLarge(maxRawBytes);
    return Buffer.from(body.buffer, body.byteOffset, body.length);
  }
  try {
    return await gunzipAsync(body, { maxOutputLength: maxRawBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxRawBytes);
    const reason =
      (error as { code?: string }).code === 'Z_BUF_ERROR' ? 'unexpected EOF' : 'its gzip is damaged';
    throw new PprofError(`decompressing profile: ${reason}`, { cause: error });
  }
}

function tooLarge(maxRawBytes: number): PprofTooLarge {
  return new PprofTooLarge(`decompressing profile: it has more than ${maxRawBytes} bytes`);
}
