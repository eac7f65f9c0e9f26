// The fields of a multipart/form-data body, which are few: profilers send a profile and what to know of it.
// Format: RFC 7578, of which no transfer encodings are needed.
import { HttpProblem } from '../../problem.ts';

const MAX_FIELDS = 16;
const MAX_HEAD_BYTES = 8_192;
/** Spaces behind a boundary, which nobody sends. */
const MAX_MARK_TAIL_BYTES = 16;
const BOUNDARY = /(?:^|;)\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const NAME = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;"]+))/i;
const CRLF = '\r\n';
const CUT = 'it ends in the middle of a field';

/** By name; of several with one name the last. Throws HttpProblem(422). */
export function readMultipart(contentType: string, body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw broken('its Content-Type names no boundary');
  // What stands before the first boundary means nothing; that one may be at the very start.
  const buffer = Buffer.concat([Buffer.from(CRLF), body]);
  const mark = `${CRLF}--${boundary}`;
  const fields = new Map<string, Uint8Array>();
  let at = findMark(buffer, mark, 0);
  for (let parts = 0; ; parts++) {
    const start = at + mark.length;
    if (buffer.toString('latin1', start, start + 2) === '--') return fields;
    if (parts === MAX_FIELDS) throw broken(`it has more than ${MAX_FIELDS} fields`);
    const head = buffer.indexOf(`${CRLF}${CRLF}`, start);
    if (head < 0) throw broken(CUT);
    if (head - start > MAX_HEAD_BYTES)
      throw broken(`the head of a field has more than ${MAX_HEAD_BYTES} bytes`);
    const end = findMark(buffer, mark, head + CRLF.length);
    const name = nameOf(buffer.toString('utf8', start, head));
    if (name !== undefined) fields.set(name, buffer.subarray(Math.min(head + 2 * CRLF.length, end), end));
    at = end;
  }
}

/** A mark is the boundary alone on its line; a longer one is part of a field. */
function findMark(buffer: Buffer, mark: string, from: number): number {
  for (let at = from; (at = buffer.indexOf(mark, at)) >= 0; at += mark.length) {
    const rest = buffer.toString('latin1', at + mark.length, at + mark.length + MAX_MARK_TAIL_BYTES);
    if (/^(?:--|[ \t]*\r\n)/.test(rest)) return at;
  }
  throw broken(CUT);
}

function nameOf(head: string): string | undefined {
  const line = head.split(CRLF).find((candidate) => /^content-disposition:/i.test(candidate));
  const [, quoted, plain] = NAME.exec(line?.slice(line.indexOf(';')) ?? '') ?? [];
  return quoted ?? plain;
}

function broken(reason: string): HttpProblem {
  return new HttpProblem(422, `The multipart body cannot be read: ${reason}.`);
}
