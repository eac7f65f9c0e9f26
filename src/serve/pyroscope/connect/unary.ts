// A Connect call with one message each way: POST, JSON or protocol buffers as the Content-Type says, gzip if the client likes.
// Protocol: https://connectrpc.com/docs/protocol#unary-request
import type { Context, Hono } from 'hono';
import { gunzipWithin } from '../../../formats/gunzip.ts';
import { readBody } from '../../body.ts';
import type { ServeBounds, ServeEnv } from '../../context.ts';
import { HttpProblem } from '../../problem.ts';
import { decodeJson, encodeJson } from './json.ts';
import type { Draft, Fields, Message } from './message.ts';
import { MessageError, MessageTooLarge } from './message.ts';
import { decodeProto } from './proto-decode.ts';
import { encodeProto } from './proto-encode.ts';

const JSON_TYPE = 'application/json';
const PROTO_TYPE = 'application/proto';

export interface Method<Request extends Fields, Response extends Fields> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Request;
  readonly response: Response;
  /** May throw HttpProblem and StoreError. */
  readonly answer: (request: Message<Request>, call: Call) => Promise<Draft<Message<Response>>>;
}

/** What a method may know of its request besides the message. */
export interface Call {
  readonly tenant: string;
  /** The header Accept. */
  readonly accept: string;
}

/** Adds the method to the API. */
export function serveUnary<Request extends Fields, Response extends Fields>(
  app: Hono<ServeEnv>,
  bounds: ServeBounds,
  method: Method<Request, Response>,
): void {
  app.post(method.path, async (context) => {
    const type = mediaTypeOf(context);
    const body = await openBody(context, bounds);
    const request = decode(method.request, type, body);
    const answer = await method.answer(request, {
      tenant: context.get('tenant'),
      accept: context.req.header('accept') ?? '',
    });
    const encoded =
      type === JSON_TYPE ? encodeAsJson(method.response, answer) : encodeProto(method.response, answer);
    return context.body(encoded as string | Uint8Array<ArrayBuffer>, 200, { 'content-type': type });
  });
  app.all(method.path, () => {
    throw new HttpProblem(405, 'This method takes POST only.', { allow: 'POST' });
  });
}

function mediaTypeOf(context: Context): string {
  const type = (context.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === JSON_TYPE || type === PROTO_TYPE) return type;
  throw new HttpProblem(415, `The Content-Type must be ${JSON_TYPE} or ${PROTO_TYPE}.`, {
    'accept-post': `${JSON_TYPE}, ${PROTO_TYPE}`,
  });
}

async function openBody(context: Context, bounds: ServeBounds): Promise<Uint8Array> {
  const encoding = (context.req.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw new HttpProblem(
      501,
      `The Content-Encoding ${JSON.stringify(encoding)} is not known here: gzip is.`,
    );
  const body = await readBody(context, bounds.bodyBytes);
  if (encoding === 'identity' || body.length === 0) return body;
  const maxOutputLength = Math.max(bounds.bodyBytes, bounds.rawBytes);
  try {
    return await gunzipWithin(body, maxOutputLength);
  } catch (error) {
    if (error instanceof RangeError)
      throw new HttpProblem(413, `The request has more than ${maxOutputLength} bytes when it is unzipped.`);
    throw new HttpProblem(400, 'The request is no whole gzip.');
  }
}

function decode<Table extends Fields>(fields: Table, type: string, body: Uint8Array): Message<Table> {
  try {
    return type === JSON_TYPE ? decodeJson(fields, body) : decodeProto(fields, body);
  } catch (error) {
    if (error instanceof MessageTooLarge)
      throw new HttpProblem(413, `The request is too large: ${error.message}.`);
    if (error instanceof MessageError)
      throw new HttpProblem(400, `The request cannot be read: ${error.message}.`);
    throw error;
  }
}

function encodeAsJson<Table extends Fields>(fields: Table, answer: Draft<Message<Table>>): string {
  try {
    return encodeJson(fields, answer);
  } catch (error) {
    if (error instanceof MessageTooLarge)
      throw new HttpProblem(
        422,
        `The answer is too large for JSON: ${error.message}. Ask for ${PROTO_TYPE}.`,
      );
    throw error;
  }
}
