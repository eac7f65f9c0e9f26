// @ts-check
// A FastCGI client of one request per connection: https://fastcgi-archives.github.io/FastCGI_Specification.html
// nginx in front would refuse the hostile URIs that the tests send, so the client is here.
import net from 'node:net';

const BEGIN_REQUEST = 1;
const END_REQUEST = 3;
const PARAMS = 4;
const STDIN = 5;
const STDOUT = 6;
const STDERR = 7;
const MAX_RECORD = 65_535;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** @param {number} type @param {Buffer} content */
function record(type, content) {
  const head = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
}

/** @param {number} type @param {Buffer} content: empty content ends the stream */
function stream(type, content) {
  const records = [];
  for (let at = 0; at < content.length; at += MAX_RECORD) {
    records.push(record(type, content.subarray(at, at + MAX_RECORD)));
  }
  return Buffer.concat([...records, record(type, Buffer.alloc(0))]);
}

/** @param {number} length */
function lengthBytes(length) {
  if (length < 128) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x80000000) >>> 0);
  return bytes;
}

/** @param {Readonly<Record<string, string | Buffer>>} params */
function encodeParams(params) {
  return Buffer.concat(
    Object.entries(params).flatMap(([key, value]) => {
      const [name, bytes] = [Buffer.from(key), Buffer.from(value)];
      return [lengthBytes(name.length), lengthBytes(bytes.length), name, bytes];
    }),
  );
}

/**
 * Records of an answer, one at a time.
 * @param {Buffer} bytes
 */
function* records(bytes) {
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = bytes.readUInt16BE(at + 4);
    if (at + 8 + length > bytes.length) return;
    yield { type: bytes[at + 1], content: bytes.subarray(at + 8, at + 8 + length) };
    at += 8 + length + (bytes[at + 6] ?? 0);
  }
}

/**
 * Sends one GET request; `params` are the CGI variables (REQUEST_URI, SCRIPT_FILENAME...).
 * Rejects when the server is gone or answers with no end.
 * @param {string} socket path of the server's UNIX socket
 * @param {Readonly<Record<string, string | Buffer>>} params
 * @returns {Promise<{headers: string, body: string, errors: string}>}
 */
export async function request(socket, params) {
  const connection = net.connect(socket);
  connection.write(
    Buffer.concat([
      record(BEGIN_REQUEST, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), // a responder; closes at the end
      stream(PARAMS, encodeParams(params)),
      record(STDIN, Buffer.alloc(0)),
    ]),
  );
  /** @type {Buffer[]} */
  const chunks = [];
  let size = 0;
  for await (const chunk of connection) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('The FastCGI answer has no end.');
  }
  const all = [...records(Buffer.concat(chunks))];
  if (!all.some(({ type }) => type === END_REQUEST))
    throw new Error('The FastCGI server hung up in mid-answer.');
  /** @param {number} wanted */
  const text = (wanted) =>
    Buffer.concat(all.filter(({ type }) => type === wanted).map(({ content }) => content)).toString();
  const [headers = '', ...body] = text(STDOUT).split('\r\n\r\n');
  return { headers, body: body.join('\r\n\r\n'), errors: text(STDERR) };
}
