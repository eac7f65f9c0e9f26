// The fields of a multipart/form-data body, which are few: profilers send a profile and what to know of it.
// Format: RFC 7578, of which no transfer encodings are needed.
import { HttpProblem } from '../../problem.ts';

const MAX_FIELDS = 16;
const MAX_HEAD_BYTES = 8_192;
const BOUNDARY = /(?:^|;)\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const NAME = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;"]+))/i;
const CRLF = '\r\n';

/** By name; of several with one name the last. Values are views of the body. Throws HttpProblem(422). */
export function readMultipart(contentType: string, body: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw broken('its Content-Type names no boundary');
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const fields = new Map<string, Uint8Array>();
  const mark = Buffer.from(`--${boundary}`);
  let at = buffer.indexOf(mark);
  if (at < 0) throw broken('its boundary is not in it');
  for (let parts = 0; ; parts++) {
    at += mark.length;
    if (buffer.toString('latin1', at, at + 2) === '--') return fields;
    if (parts === MAX_FIELDS) throw broken(`it has more than ${MAX_FIELDS} fields`);
    const head = buffer.indexOf(`${CRLF}${CRLF}`, at);
    if (head < 0) throw broken('it ends in the middle of a field');
    if (head - at > MAX_HEAD_BYTES) throw broken(`the head of a field has more than ${MAX_HEAD_BYTES} bytes`);
    const end = buffer.indexOf(`${CRLF}--${boundary}`, head + 2);
    if (end < 0) throw broken('it ends in the middle of a field');
    const name = nameOf(buffer.toString('utf8', at, head));
    if (name !== undefined) fields.set(name, buffer.subarray(Math.min(head + 4, end), end));
    at = end + CRLF.length;
  }
}

function nameOf(head: string): string | undefined {
  const line = head.split(CRLF).find((candidate) => /^content-disposition:/i.test(candidate));
  const [, quoted, plain] = NAME.exec(line?.slice(line.indexOf(';')) ?? '') ?? [];
  return quoted ?? plain;
}

function broken(reason: string): HttpProblem {
  return new HttpProblem(422, `The multipart body cannot be read: ${reason}.`);
}
