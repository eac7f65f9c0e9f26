// Profiles that profefe has put into a bucket, to be found, read and added up where they are.
import { ahead } from '../catalog/ahead.ts';
import type { Scope } from '../catalog/catalog.ts';
import type { ProfileRecord } from '../catalog/record.ts';
import { recordOf } from '../catalog/record.ts';
import { isProfileId } from '../id.ts';
import { openUpload } from '../intake.ts';
import type { Upload } from '../profile.ts';
import { StoreError } from '../store.ts';
import type { Entry, Layout } from './layout.ts';
import type { ObjectStorage } from './object-storage.ts';
import { MAX_BODY_BYTES } from './own-layout.ts';
import {
  idsOfWindow,
  parseProfefeKey,
  PROFEFE_PREFIX,
  servicePrefix,
  typeOfPrefix,
  typePrefix,
} from './profefe-keys.ts';
import { RecordCache } from './record-cache.ts';

/** Keys that are known by their id; one that is not is looked for in every service and type. */
export const MAX_PLACES = 100_000;
const LOOKUPS_AHEAD = 8;
/** What a record takes, beside its labels. */
const RECORD_BYTES = 1_024;

export class ProfefeLayout implements Layout {
  private readonly storage: ObjectStorage;
  private readonly tenant: string;
  private readonly cache = new RecordCache();
  private readonly places = new Map<string, Entry>();
  private forgottenPlaces = 0;

  constructor(storage: ObjectStorage, tenant: string) {
    this.storage = storage;
    this.tenant = tenant;
  }

  get evictions(): number {
    return this.cache.counts.evictions + this.forgottenPlaces;
  }

  async *entries(scope: Scope): AsyncIterable<readonly Entry[]> {
    const { tenant, fromNanos, untilNanos } = scope;
    if (tenant !== this.tenant) return;
    const services = scope.service === undefined ? await this.services(tenant) : [scope.service];
    for (const service of services.filter(scope.hasService))
      for (const prefix of await this.typePrefixes(service, scope)) {
        const window = idsOfWindow(prefix, fromNanos, untilNanos);
        if (window !== undefined) yield* this.scan(prefix, window.after, window.before);
      }
  }

  /** The key says nothing of sample types: the body has to be read once. */
  async load(entry: Entry): Promise<ProfileRecord | undefined> {
    const cached = this.cache.get(entry.key);
    if (cached !== undefined) return cached;
    const parts = parseProfefeKey(entry.key);
    if (parts === undefined) return undefined;
    const body = await this.storage.get(entry.key, MAX_BODY_BYTES);
    if (body === undefined) return undefined;
    const { id, service, type, labels, timeNanos } = parts;
    const named = { tenant: this.tenant, id, service, type, labels };
    const record = await readUpload({ ...named, body, createdAtNanos: timeNanos, splitsSeries: false });
    // What lists are ordered by, and what profefe told.
    const timed = { ...record, profile: { ...record.profile, createdAtNanos: timeNanos } };
    this.cache.set(entry.key, timed, RECORD_BYTES + entry.key.length);
    return timed;
  }

  /** `id` may also be a whole key: to profefe those were the ids. */
  async get(tenant: string, id: string): Promise<ProfileRecord | undefined> {
    if (tenant !== this.tenant) return undefined;
    const entry = await (id.startsWith(PROFEFE_PREFIX) ? this.findIn(id) : this.locate(id));
    return entry && this.load(entry);
  }

  async body({ profile }: ProfileRecord): Promise<Uint8Array | undefined> {
    const entry = await this.locate(profile.id);
    return entry && this.storage.get(entry.key, MAX_BODY_BYTES);
  }

  async remove({ profile }: ProfileRecord): Promise<boolean> {
    const entry = await this.locate(profile.id);
    if (entry === undefined) return false;
    await this.storage.delete(entry.key);
    this.cache.delete(entry.key);
    this.places.delete(profile.id);
    return true;
  }

  async services(tenant: string): Promise<readonly string[]> {
    if (tenant !== this.tenant) return [];
    return (await this.prefixes(PROFEFE_PREFIX)).map((prefix) => prefix.slice(PROFEFE_PREFIX.length, -1));
  }

  async *all(tenant: string): AsyncIterable<readonly Entry[]> {
    if (tenant === this.tenant) yield* this.scan(PROFEFE_PREFIX, undefined, undefined);
  }

  private async typePrefixes(service: string, { type, hasType }: Scope): Promise<readonly string[]> {
    if (type !== undefined) {
      const prefix = hasType(type) ? typePrefix(service, type) : undefined;
      return prefix === undefined ? [] : [prefix];
    }
    return (await this.prefixes(servicePrefix(service))).filter((prefix) => {
      const found = typeOfPrefix(prefix);
      return found !== undefined && hasType(found);
    });
  }

  private async prefixes(prefix: string): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { prefixes } of this.storage.list({ prefix, delimiter: '/' })) found.push(...prefixes);
    return found;
  }

  private async *scan(prefix: string, startAfter: string | undefined, before: string | undefined) {
    for await (const { objects } of this.storage.list({ prefix, ...(startAfter && { startAfter }) })) {
      const inside = before === undefined ? objects : objects.filter(({ key }) => key < before);
      yield inside.flatMap(({ key, bytes }): Entry[] => {
        const parts = parseProfefeKey(key);
        if (parts === undefined) return [];
        const entry = { key, bytes, id: parts.id, timeNanos: parts.timeNanos };
        this.remember(entry);
        return [entry];
      });
      if (inside.length < objects.length) return;
    }
  }

  private remember(entry: Entry): void {
    this.places.set(entry.id, entry);
    for (const [oldest] of this.places) {
      if (this.places.size <= MAX_PLACES) break;
      this.places.delete(oldest);
      this.forgottenPlaces += 1;
    }
  }

  private async locate(id: string): Promise<Entry | undefined> {
    if (!isProfileId(id)) return undefined;
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const services = await this.prefixes(PROFEFE_PREFIX);
    const found = ahead(services, LOOKUPS_AHEAD, async (service) => {
      for (const type of await this.prefixes(service)) {
        const entry = await this.findIn(`${type}${id}`);
        if (entry !== undefined) return entry;
      }
      return undefined;
    });
    for await (const entry of found) if (entry !== undefined) return entry;
    return undefined;
  }

  /** The first that goes on from here with nothing or with labels. */
  private async findIn(start: string): Promise<Entry | undefined> {
    for await (const entries of this.scan(start, undefined, undefined))
      for (const entry of entries) if (entry.key === start || entry.key.startsWith(`${start},`)) return entry;
    return undefined;
  }
}

/** What profefe took for a profile and this project does not, is kept like a trace: it can be read, but not added up. */
async function readUpload(upload: Upload & { readonly createdAtNanos: bigint }): Promise<ProfileRecord> {
  try {
    return recordOf(await openUpload(upload, upload.createdAtNanos), false);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { type } = upload;
    const { profile } = await openUpload({ ...upload, type: 'trace' }, upload.createdAtNanos);
    return { profile: { ...profile, type }, splits: false, series: [] };
  }
}
