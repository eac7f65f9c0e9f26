// S3 and what speaks like it (MinIO, Ceph, R2...): five requests, signed with Signature Version 4.
// Reference: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { StoreError } from '../store.ts';
import type { HttpAnswer, HttpRequest, SendOptions } from './http-sender.ts';
import { HttpSender, MAX_RECEIPT_BYTES, unexpected } from './http-sender.ts';
import type { Traffic } from '../catalog/catalog.ts';
import type { ListPage, ListRequest, ObjectStorage } from './object-storage.ts';
import { MAX_LIST_PAGES, MAX_PAGE_BYTES } from './object-storage.ts';
import { errorCodeOf, parseListPage } from './s3-xml.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** A server of one's own, which is asked in path style; undefined: Amazon's. */
  readonly endpoint?: string;
  readonly credentials: S3Credentials;
  readonly send?: Partial<SendOptions>;
  /** Keys of one page; fewer than the server's 1,000 are for tests. */
  readonly pageKeys?: number;
}

/** The ones that Amazon's own tools take; undefined where they are not there. */
export function credentialsFrom(
  env: Readonly<Record<string, string | undefined>>,
): S3Credentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

interface Ask {
  readonly method: HttpRequest['method'];
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly maxBytes?: number;
}

export class S3Storage implements ObjectStorage {
  readonly name = 's3';
  readonly sender: HttpSender;
  private readonly options: S3Options;
  private readonly root: string;
  /** Derived signing keys, one a day. */
  private readonly signingKeys = new Map<string, ArrayBuffer>();

  constructor(options: S3Options) {
    this.options = options;
    this.sender = new HttpSender(options.send);
    this.root = rootOf(options);
  }

  get traffic(): Traffic {
    return this.sender.counts;
  }

  async put(key: string, body: Uint8Array, { onlyIfNew = false } = {}): Promise<boolean> {
    const ask = { method: 'PUT', key, body } as const;
    let answer = await this.ask(onlyIfNew ? { ...ask, headers: { 'if-none-match': '*' } } : ask);
    if (answer.status === 412) return false;
    // Some that speak like S3 know no conditions; ids are unique without them, too.
    if (answer.status === 501 && onlyIfNew) answer = await this.ask(ask);
    if (answer.status !== 200) throw refused(answer);
    return true;
  }

  async get(key: string, maxBytes: number): Promise<Buffer | undefined> {
    const answer = await this.ask({ method: 'GET', key, maxBytes });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 && errorCodeOf(answer.body) !== 'NoSuchBucket') return undefined;
    throw refused(answer);
  }

  async *list({ prefix, startAfter, delimiter }: ListRequest): AsyncIterable<ListPage> {
    const query: Record<string, string> = { 'list-type': '2', 'encoding-type': 'url', prefix };
    if (startAfter !== undefined) query['start-after'] = startAfter;
    if (delimiter !== undefined) query['delimiter'] = delimiter;
    if (this.options.pageKeys !== undefined) query['max-keys'] = String(this.options.pageKeys);
    for (let page = 0; page < MAX_LIST_PAGES; page++) {
      const answer = await this.ask({ method: 'GET', query, maxBytes: MAX_PAGE_BYTES });
      if (answer.status !== 200) throw refused(answer);
      const { next, ...found } = parseListPage(answer.body.toString('utf8'));
      yield found;
      if (next === undefined) return;
      query['continuation-token'] = next;
    }
    throw new StoreError('too_large', 'There are too many profiles to list.');
  }

  async delete(key: string): Promise<void> {
    const answer = await this.ask({ method: 'DELETE', key });
    if (answer.status !== 204 && answer.status !== 200 && answer.status !== 404) throw refused(answer);
  }

  close(): Promise<void> {
    return this.sender.close();
  }

  private ask(ask: Ask): Promise<HttpAnswer> {
    return this.sender.send(() => this.sign(ask));
  }

  private async sign({
    method,
    key,
    query,
    body,
    headers,
    maxBytes = MAX_RECEIPT_BYTES,
  }: Ask): Promise<HttpRequest> {
    const url = new URL(key === undefined ? this.root : `${this.root}${escapeKey(key)}`);
    if (query !== undefined) url.search = escapeQuery(query);
    const hash = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      ...this.options.credentials,
      service: 's3',
      region: this.options.region,
      cache: this.signingKeys,
    });
    const signed = await signer.sign();
    return {
      method,
      url,
      headers: Object.fromEntries(signed.headers),
      ...(body && { body }),
      maxBytes,
    };
  }
}

function rootOf({ endpoint, bucket, region }: S3Options): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  // Names with dots have no certificate as a host of their own.
  return bucket.includes('.')
    ? `https://s3.${region}.amazonaws.com/${bucket}/`
    : `https://${bucket}.s3.${region}.amazonaws.com/`;
}

function escapeKey(key: string): string {
  return key.split('/').map(escape).join('/');
}

function escapeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${escape(value)}`)
    .join('&');
}

/** As signatures have it: only unreserved characters stay. */
function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function refused(answer: HttpAnswer): StoreError {
  return unexpected(answer, errorCodeOf(answer.body));
}
