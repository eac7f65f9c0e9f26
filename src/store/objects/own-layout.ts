// This project's layout: a body is found by its key's time, a record by its id; what has both is there.
import type { Scope } from '../catalog/catalog.ts';
import type { ProfileRecord } from '../catalog/record.ts';
import { decodeRecord, encodeRecord, MAX_RECORD_BYTES } from '../catalog/record.ts';
import { isProfileId } from '../id.ts';
import { StoreError } from '../store.ts';
import type { Entry, Layout } from './layout.ts';
import type { ObjectStorage } from './object-storage.ts';
import { bodyKey, bodyPrefix, keysOfWindow, lastName, parseBodyKey, recordKey } from './own-keys.ts';
import { RecordCache } from './record-cache.ts';

/** Of a body as it was sent. The server's own bound is lower. */
export const MAX_BODY_BYTES = 268_435_456;

export interface OwnEntry extends Entry {
  readonly recordKey: string;
}

export class OwnLayout implements Layout {
  private readonly storage: ObjectStorage;
  private readonly cache: RecordCache;

  constructor(storage: ObjectStorage, cache = new RecordCache()) {
    this.storage = storage;
    this.cache = cache;
  }

  /**
   * The record comes first: whoever sees the body in a listing can read it. Several writers can't get in each other's way,
   * as nothing is ever changed and no two write under one id.
   */
  async put(record: ProfileRecord, body: Uint8Array): Promise<void> {
    if (body.length > MAX_BODY_BYTES)
      throw new StoreError('too_large', `The profile has more than ${MAX_BODY_BYTES} bytes.`);
    const { tenant, id } = record.profile;
    const place = bodyKey(record.profile);
    const text = encodeRecord(record);
    const isNew = await this.storage.put(recordKey(tenant, id), Buffer.from(text), { onlyIfNew: true });
    if (!isNew && (await this.textOf(recordKey(tenant, id))) !== text)
      throw new StoreError('broken', `There is another profile with the id ${id}.`);
    await this.storage.put(place, body);
  }

  get evictions(): number {
    return this.cache.counts.evictions;
  }

  async *entries(scope: Scope): AsyncIterable<readonly Entry[]> {
    const { tenant, fromNanos, untilNanos } = scope;
    for (const service of await this.wanted([tenant], scope.service, scope.hasService))
      for (const type of await this.wanted([tenant, service], scope.type, scope.hasType)) {
        const prefix = bodyPrefix(tenant, service, type);
        const window = keysOfWindow(prefix, fromNanos, untilNanos);
        if (window !== undefined) yield* this.scan(prefix, window.after, window.before);
      }
  }

  async load(entry: Entry): Promise<ProfileRecord | undefined> {
    return this.read((entry as OwnEntry).recordKey);
  }

  async get(tenant: string, id: string): Promise<ProfileRecord | undefined> {
    return isProfileId(id) ? this.read(recordKey(tenant, id)) : undefined;
  }

  body({ profile }: ProfileRecord): Promise<Uint8Array | undefined> {
    return this.storage.get(bodyKey(profile), MAX_BODY_BYTES);
  }

  /** The body goes first: without it nobody finds the profile any more. */
  async remove({ profile }: ProfileRecord): Promise<boolean> {
    await this.storage.delete(bodyKey(profile));
    const key = recordKey(profile.tenant, profile.id);
    await this.storage.delete(key);
    this.cache.delete(key);
    return true;
  }

  /** Of all tenants, what was taken before this time (UNIX, ns). */
  async *entriesBefore(beforeNanos: bigint): AsyncIterable<readonly OwnEntry[]> {
    for (const tenant of await this.names(bodyPrefix()))
      for (const service of await this.names(bodyPrefix(tenant)))
        for (const type of await this.names(bodyPrefix(tenant, service))) {
          const prefix = bodyPrefix(tenant, service, type);
          const window = keysOfWindow(prefix, 0n, beforeNanos - 1n);
          if (window !== undefined) yield* this.scan(prefix, window.after, window.before);
        }
  }

  /** As `remove`, without having read its record. What somebody else has removed meanwhile is no error. */
  async removeEntry({ key, recordKey }: OwnEntry): Promise<void> {
    await this.storage.delete(key);
    await this.storage.delete(recordKey);
    this.cache.delete(recordKey);
  }

  services(tenant: string): Promise<readonly string[]> {
    return this.names(bodyPrefix(tenant));
  }

  all(tenant: string): AsyncIterable<readonly Entry[]> {
    return this.scan(bodyPrefix(tenant), undefined, undefined);
  }

  private async wanted(
    names: readonly string[],
    one: string | undefined,
    isWanted: (name: string) => boolean,
  ): Promise<readonly string[]> {
    const all = one === undefined ? await this.names(bodyPrefix(...names)) : [one];
    return all.filter(isWanted);
  }

  private async names(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { prefixes } of this.storage.list({ prefix, delimiter: '/' }))
      for (const found of prefixes) {
        const name = lastName(found);
        if (name !== undefined) names.push(name);
      }
    return names;
  }

  private async *scan(prefix: string, startAfter: string | undefined, before: string | undefined) {
    for await (const { objects } of this.storage.list({ prefix, ...(startAfter && { startAfter }) })) {
      const inside = before === undefined ? objects : objects.filter(({ key }) => key < before);
      yield inside.flatMap(({ key, bytes }): OwnEntry[] => {
        const parts = parseBodyKey(key);
        if (parts === undefined) return [];
        const { id, createdAtNanos: timeNanos, tenant } = parts;
        return [{ key, bytes, id, timeNanos, recordKey: recordKey(tenant, id) }];
      });
      if (inside.length < objects.length) return;
    }
  }

  private async read(key: string): Promise<ProfileRecord | undefined> {
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const text = await this.textOf(key);
    if (text === undefined) return undefined;
    const record = decodeRecord(text);
    this.cache.set(key, record, text.length);
    return record;
  }

  private async textOf(key: string): Promise<string | undefined> {
    return (await this.storage.get(key, MAX_RECORD_BYTES))?.toString('utf8');
  }
}
