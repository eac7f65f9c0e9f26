// Request bodies within a bound: what is over it is never held whole.
import type { Context } from 'hono';
import { HttpProblem } from './problem.ts';

/** A declared body up to this size is read in one piece. */
const AT_ONCE_BYTES = 262_144;

/** `onBytes` is told how many bytes of a large body have come so far, and may throw. Throws HttpProblem(413 | 400). */
export async function readBody(
  context: Context,
  limitBytes: number,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Uint8Array> {
  const received = context.get('body') as Uint8Array | undefined;
  if (received !== undefined) return received;
  const declared = context.req.header('content-length');
  if (Number(declared ?? 0) > limitBytes) throw tooLarge(limitBytes);
  try {
    // Node reads no more than was declared, which is fast; other bytes are counted as they come.
    if (Number(declared ?? Infinity) <= AT_ONCE_BYTES) return new Uint8Array(await context.req.arrayBuffer());
    return await readCounted(context, limitBytes, onBytes);
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'the request body ended early');
  }
}

async function readCounted(
  context: Context,
  limitBytes: number,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stream = context.req.raw.body as AsyncIterable<Uint8Array> | null;
  if (stream === null) return new Uint8Array(0);
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw tooLarge(limitBytes);
    onBytes(bytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, `request body too large: more than ${limitBytes} bytes`);
}
