// The bytes of an input file or of stdin, unpacked where they are gzipped, with the first of them to look at.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SpybridgeError } from '../model/errors.ts';

/** Enough to tell every format. */
export const HEAD_BYTES = 4_096;
/** No file: it is not there, not to be read, or not a file. */
const NO_FILE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR', 'ENAMETOOLONG', 'ELOOP']);

export interface InputBytes {
  /** The first bytes: `HEAD_BYTES` at least where there are so many. */
  readonly head: Buffer;
  /** All bytes, the head among them. Throws SpybridgeError('bad_input' | 'no_input' | 'io'). */
  readonly all: AsyncIterable<Buffer>;
}

/** `-` is stdin. Throws SpybridgeError('bad_input' | 'no_input' | 'io'). */
export async function openInput(name: string): Promise<InputBytes> {
  const packed = await withHead(readChunks(name));
  const isGzip = packed.head[0] === 0x1f && packed.head[1] === 0x8b;
  return isGzip ? withHead(unpack(packed.all)) : packed;
}

/** At most `limitBytes`, in one piece. Throws SpybridgeError('bad_input'). */
export async function readAll(input: InputBytes, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of limitInput(input, limitBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The same chunks; throws SpybridgeError('bad_input') as soon as they are more than `limitBytes`. */
export async function* limitInput({ all }: InputBytes, limitBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of all) {
    bytes += chunk.length;
    if (bytes > limitBytes) {
      throw new SpybridgeError('bad_input', `The input has more than ${limitBytes} bytes.`, {
        hint: 'Record for a shorter time, or give a part of the file.',
      });
    }
    yield chunk;
  }
}

async function* readChunks(name: string): AsyncGenerator<Buffer> {
  const stream = name === '-' ? process.stdin : createReadStream(name);
  const shown = name === '-' ? 'stdin' : name;
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpybridgeError(NO_FILE.has(code) ? 'no_input' : 'io', `${shown} cannot be read (${code}).`, {
      hint: 'Give the name of a file that you may read, or - for stdin.',
      cause: error,
    });
  }
}

async function* unpack(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const source = Readable.from(packed, { objectMode: false });
  source.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Buffer;
  } catch (error) {
    if (error instanceof SpybridgeError) throw error;
    throw new SpybridgeError('bad_input', 'The gzip of the input is damaged or ends too early.', {
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

async function withHead(chunks: AsyncGenerator<Buffer>): Promise<InputBytes> {
  const first: Buffer[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  async function* replay(): AsyncGenerator<Buffer> {
    yield* first;
    yield* chunks;
  }
  return { head: Buffer.concat(first), all: replay() };
}
