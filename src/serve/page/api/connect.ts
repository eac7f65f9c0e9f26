// Calls of the query API: Connect's unary JSON, to the server that the page came from.
import { credentialHeaders, readCredentials } from './credentials.ts';
import { field, textOf } from './json.ts';
import type { Json } from './json.ts';

export type FailureKind =
  'unreachable' /* no answer at all */ | 'forbidden' /* a token is needed */ | 'refused'; /* the rest */

/** The message is a sentence for the reader. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Throws CallError, and AbortError when it is aborted. */
export async function callQuerier(method: string, request: object, signal: AbortSignal): Promise<Json> {
  const response = await post(method, { type: 'application/json', body: JSON.stringify(request) }, signal);
  try {
    return (await response.json()) as Json;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CallError('refused', 'The server answered with something that is no JSON.');
  }
}

/** The same in protobuf's bytes. */
export async function callQuerierBinary(method: string, request: Uint8Array<ArrayBuffer>): Promise<Blob> {
  const body = { type: 'application/proto', body: request };
  const response = await post(method, body, new AbortController().signal);
  return response.blob();
}

async function post(
  method: string,
  { type, body }: { type: string; body: BodyInit },
  signal: AbortSignal,
): Promise<Response> {
  // Relative to the page: a proxy may have put it below a folder.
  const url = new URL(`querier.v1.QuerierService/${method}`, document.baseURI);
  let response: Response;
  try {
    const headers = { 'content-type': type, 'connect-protocol-version': '1', ...credentialHeaders() };
    response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CallError('unreachable', 'The server does not answer.');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<CallError> {
  const text = await response.text().catch(() => '');
  const message = messageOf(text) || `status ${response.status}`;
  // Without a token a 403 is about something else, a host or a site, and no token would help.
  const isTokenRefused = response.status === 403 && readCredentials().token !== '';
  if (response.status === 401 || isTokenRefused) return new CallError('forbidden', message);
  if ([502, 503, 504].includes(response.status)) {
    return new CallError('unreachable', `The server is not ready: ${message}`);
  }
  return new CallError('refused', `The server refused the question: ${message}`);
}

function messageOf(body: string): string {
  try {
    return textOf(field(JSON.parse(body) as Json, 'message'));
  } catch {
    return '';
  }
}
