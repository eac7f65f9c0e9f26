// Google Cloud Storage: the JSON API's few requests that a store needs. An emulator is asked without a token.
// Reference: https://cloud.google.com/storage/docs/json_api/v1
import type { GoogleAuth } from 'google-auth-library';
import { StoreError } from '../store.ts';
import type { HttpAnswer, HttpRequest, SendOptions } from './http-sender.ts';
import { HttpSender, MAX_RECEIPT_BYTES, unexpected } from './http-sender.ts';
import type { Traffic } from '../catalog/catalog.ts';
import type { ListPage, ListRequest, ObjectStorage } from './object-storage.ts';
import { MAX_LIST_PAGES, MAX_PAGE_BYTES } from './object-storage.ts';

export interface GcsOptions {
  readonly bucket: string;
  /** An emulator, which takes no tokens; undefined: Google's. */
  readonly endpoint?: string;
  /** The access token of the next request; undefined: what Google's libraries find (file, metadata server). */
  readonly token?: () => Promise<string>;
  readonly send?: Partial<SendOptions>;
  /** Keys of one page; fewer than the server's 1,000 are for tests. */
  readonly pageKeys?: number;
}

const GOOGLE = 'https://storage.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';

interface Ask {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxBytes?: number;
}

export class GcsStorage implements ObjectStorage {
  readonly name = 'gcs';
  readonly sender: HttpSender;
  private readonly options: GcsOptions;
  private readonly root: string;
  private readonly place: string;
  private auth: Promise<GoogleAuth> | undefined;

  constructor(options: GcsOptions) {
    this.options = options;
    this.sender = new HttpSender(options.send);
    this.root = (options.endpoint ?? GOOGLE).replace(/\/+$/, '');
    this.place = `/storage/v1/b/${encodeURIComponent(options.bucket)}/o`;
  }

  get traffic(): Traffic {
    return this.sender.counts;
  }

  async put(key: string, body: Uint8Array, { onlyIfNew = false } = {}): Promise<boolean> {
    const query = { uploadType: 'media', name: key, ...(onlyIfNew && { ifGenerationMatch: '0' }) };
    const answer = await this.ask({
      method: 'POST',
      path: `/upload${this.place}`,
      query,
      body,
    });
    if (answer.status === 412) return false;
    if (answer.status !== 200) throw refused(answer);
    return true;
  }

  async get(key: string, maxBytes: number): Promise<Buffer | undefined> {
    const path = `${this.place}/${encodeURIComponent(key)}`;
    const answer = await this.ask({ method: 'GET', path, query: { alt: 'media' }, maxBytes });
    if (answer.status === 200) return answer.body;
    // Of a bucket that is not there a listing tells.
    if (answer.status === 404) return undefined;
    throw refused(answer);
  }

  async *list({ prefix, startAfter, delimiter }: ListRequest): AsyncIterable<ListPage> {
    const query: Record<string, string> = { prefix, fields: 'items(name,size),prefixes,nextPageToken' };
    if (startAfter !== undefined) query['startOffset'] = startAfter;
    if (delimiter !== undefined) query['delimiter'] = delimiter;
    if (this.options.pageKeys !== undefined) query['maxResults'] = String(this.options.pageKeys);
    for (let page = 0; page < MAX_LIST_PAGES; page++) {
      const answer = await this.ask({ method: 'GET', path: this.place, query, maxBytes: MAX_PAGE_BYTES });
      if (answer.status !== 200) throw refused(answer);
      const { next, objects, prefixes } = parsePage(answer.body);
      // Google's offset counts itself in.
      yield { objects: objects.filter(({ key }) => key !== startAfter), prefixes };
      if (next === undefined) return;
      query['pageToken'] = next;
    }
    throw new StoreError('too_large', 'There are too many profiles to list.');
  }

  async delete(key: string): Promise<void> {
    const answer = await this.ask({ method: 'DELETE', path: `${this.place}/${encodeURIComponent(key)}` });
    if (answer.status !== 204 && answer.status !== 200 && answer.status !== 404) throw refused(answer);
  }

  close(): Promise<void> {
    return this.sender.close();
  }

  private ask(ask: Ask): Promise<HttpAnswer> {
    return this.sender.send(() => this.make(ask));
  }

  private async make({
    method,
    path,
    query = {},
    body,
    maxBytes = MAX_RECEIPT_BYTES,
  }: Ask): Promise<HttpRequest> {
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const url = new URL(`${this.root}${path}${search.length > 0 ? '?' : ''}${search.join('&')}`);
    const token = await this.token();
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/octet-stream' }),
    };
    return { method, url, headers, ...(body && { body }), maxBytes };
  }

  private async token(): Promise<string | undefined> {
    const { token, endpoint } = this.options;
    if (token !== undefined) return token();
    if (endpoint !== undefined) return undefined;
    // Loaded where it is needed only: it is large, and looks for a metadata server.
    this.auth ??= import('google-auth-library').then(({ GoogleAuth }) => new GoogleAuth({ scopes: SCOPE }));
    const found = await (await this.auth).getAccessToken();
    return found ?? undefined;
  }
}

function parsePage(body: Buffer): ListPage & { readonly next: string | undefined } {
  try {
    const page = JSON.parse(body.toString('utf8')) as {
      readonly items?: readonly { readonly name: string; readonly size: string }[];
      readonly prefixes?: readonly string[];
      readonly nextPageToken?: string;
    };
    const objects = (page.items ?? []).map(({ name, size }) => ({ key: name, bytes: Number(size) }));
    return { objects, prefixes: [...(page.prefixes ?? [])], next: page.nextPageToken };
  } catch (error) {
    throw new StoreError('unavailable', 'The object storage answers with no list.', error);
  }
}

function refused(answer: HttpAnswer): StoreError {
  const reason = /"reason":\s*"(\w{1,64})"/.exec(answer.body.toString('utf8'))?.[1];
  return unexpected(answer, reason);
}
