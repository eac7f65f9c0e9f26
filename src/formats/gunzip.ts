// Unpacks gzip that nobody vouches for: what is over the bound is never held.
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/**
 * What is unpacked at once. More is first only counted, in constant memory: some hundred KB of gzip can stand for gigabytes,
 * and what is over the bound must not be held before that is known.
 */
const FIRST_BYTES = 4_194_304;
const COUNT_CHUNK_BYTES = 65_536;
/** Of what is unpacked at once: most bodies are one chunk, which nobody has to put together. */
const CHUNK_BYTES = 131_072;

/** One member or several. Throws RangeError where they unpack to more, and what zlib throws where they are damaged. */
export async function gunzipWithin(body: Uint8Array, maxBytes: number): Promise<Buffer> {
  const firstBytes = Math.min(FIRST_BYTES, maxBytes);
  const first = await gunzipAsync(body, { maxOutputLength: firstBytes, chunkSize: CHUNK_BYTES }).catch(
    undefinedIfTooLarge,
  );
  if (first !== undefined) return first;
  if (firstBytes === maxBytes || (await unpacksToMore(body, maxBytes)))
    throw new RangeError(`more than ${maxBytes} bytes`);
  return gunzipAsync(body, { maxOutputLength: maxBytes });
}

function undefinedIfTooLarge(error: unknown): undefined {
  if (!(error instanceof RangeError)) throw error;
}

async function unpacksToMore(body: Uint8Array, maxBytes: number): Promise<boolean> {
  const unpacked = createGunzip({ chunkSize: COUNT_CHUNK_BYTES });
  Readable.from([body]).pipe(unpacked);
  let bytes = 0;
  // Leaving the loop destroys the stream.
  for await (const chunk of unpacked) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) return true;
  }
  return false;
}
