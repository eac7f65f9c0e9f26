// Writes and deletes of one transaction: all of them are on the disk together, or none.
import type { Intake } from '../intake.ts';
import { isProfileId } from '../id.ts';
import { StoreError } from '../store.ts';
import { Books } from './books.ts';
import type { Environment } from './environment.ts';
import {
  ageKey,
  dayOf,
  entryKey,
  hourKey,
  hourOf,
  idKey,
  idOfAge,
  isStorableTime,
  segmentKey,
  streamKey,
  timeKey,
} from './keys.ts';
import type { ProfileRecord } from './records.ts';
import { decodeProfile, encodeProfile } from './records.ts';
import type { SegmentCache } from './segment-cache.ts';
import { SegmentWriter } from './segment-writer.ts';

/** Records, keys and pages that a profile takes beside its bodies, roughly. */
const OVERHEAD_BYTES = 1_024;
const NOTHING = Buffer.from([0]);

export interface TransactionOptions {
  /** By their ids. */
  readonly segments: SegmentCache<number, SegmentWriter>;
  /** What a segment may weigh; the next profile opens another. */
  readonly segmentBytes: number;
  /** Called with the key of each hour whose sum is gone. */
  readonly onHourChange: (hourKey: Buffer) => void;
}

export class Transaction {
  readonly books: Books;
  private readonly environment: Environment;
  private readonly options: TransactionOptions;
  private readonly touched = new Map<SegmentWriter, Buffer>();

  constructor(environment: Environment, options: TransactionOptions) {
    this.environment = environment;
    this.options = options;
    this.books = new Books(environment);
  }

  put(intake: Intake, body: Uint8Array, splits: boolean): void {
    const { profile } = intake;
    const { id, tenant, createdAtNanos } = profile;
    if (!isStorableTime(createdAtNanos))
      throw new StoreError('malformed', `The time ${createdAtNanos} is beyond what 64 bits can hold.`);
    const { environment } = this;
    this.removeNamesake(tenant, id);
    const service = this.books.service(tenant, profile.service);
    const { key: at, segment } = this.segmentFor(service.id, createdAtNanos);
    const { entry, columns } = segment.take(intake, splits);
    const storedBytes = body.length + entry.length + columns.length + OVERHEAD_BYTES;
    const stream = streamKey(service.id, profile.type);
    const record = { profile, serviceId: service.id, segmentKey: at, storedBytes };
    environment.profiles.putSync(idKey(id), encodeProfile(record));
    if (body.length > 0)
      environment.bodies.putSync(idKey(id), Buffer.from(body.buffer, body.byteOffset, body.length));
    if (columns.length > 0) environment.columns.putSync(idKey(id), columns);
    environment.entries.putSync(entryKey(stream, createdAtNanos, id), entry);
    environment.ages.putSync(ageKey(createdAtNanos, id), NOTHING);
    this.changeHour(hourKey(stream, hourOf(createdAtNanos)));
    this.books.count(service, { profiles: 1, bytes: body.length, storedBytes });
    const known = this.books.segment(at)!;
    this.books.setSegment(at, { ...known, profiles: known.profiles + 1 });
  }

  /** What is written again replaces what it was. */
  private removeNamesake(tenant: string, id: string): void {
    if (!isProfileId(id)) throw new StoreError('malformed', 'The id is not one of a profile.');
    const namesake = this.find(id);
    if (namesake === undefined) return;
    if (namesake.profile.tenant !== tenant) throw new StoreError('malformed', `The id ${id} is taken.`);
    this.remove(id);
  }

  find(id: string): ProfileRecord | undefined {
    const bytes = this.environment.profiles.get(idKey(id));
    return bytes && decodeProfile(bytes);
  }

  /** False where there is no such profile. */
  remove(id: string): boolean {
    const record = this.find(id);
    if (record === undefined) return false;
    const { environment } = this;
    const { profile, serviceId, storedBytes } = record;
    const stream = streamKey(serviceId, profile.type);
    for (const table of [environment.profiles, environment.bodies, environment.columns])
      table.removeSync(idKey(id));
    environment.entries.removeSync(entryKey(stream, profile.createdAtNanos, id));
    environment.ages.removeSync(ageKey(profile.createdAtNanos, id));
    this.changeHour(hourKey(stream, hourOf(profile.createdAtNanos)));
    const service = this.books.service(profile.tenant, profile.service);
    this.books.count(service, { profiles: -1, bytes: -profile.bytes, storedBytes: -storedBytes });
    const segment = this.books.segment(record.segmentKey)!;
    this.books.setSegment(record.segmentKey, { ...segment, profiles: segment.profiles - 1 });
    return true;
  }

  /** At most so many, oldest first, from before this time. How many there were. */
  removeBefore(count: number, beforeNanos: bigint): number {
    return this.removeOldest({ limit: count, end: timeKey(beforeNanos) }, () => true);
  }

  /** At most so many, oldest first, until they had this share of all bytes. How many there were. */
  removeShare(count: number, share: number): number {
    const left = (1 - share) * this.books.totals.storedBytes;
    return this.removeOldest({ limit: count }, () => this.books.totals.storedBytes > left);
  }

  private removeOldest(range: { limit: number; end?: Buffer }, isWanted: () => boolean): number {
    let removed = 0;
    for (const key of [...this.environment.ages.getKeys({ start: Buffer.from([0]), ...range })]) {
      if (!isWanted()) break;
      this.remove(idOfAge(key));
      removed += 1;
    }
    return removed;
  }

  /** Writes what the profiles have in common. Nothing may be added after it. */
  finish(): void {
    for (const [segment, key] of this.touched) {
      if (!segment.flush()) continue;
      this.books.setSegment(key, {
        ...this.books.segment(key)!,
        isFull: segment.weight > this.options.segmentBytes,
      });
    }
    for (const id of this.books.save()) this.options.segments.delete(id);
  }

  /** Its sum is not true any more. */
  private changeHour(key: Buffer): void {
    this.environment.hours.removeSync(key);
    this.options.onHourChange(key);
  }

  private segmentFor(serviceId: number, timeNanos: bigint): { key: Buffer; segment: SegmentWriter } {
    const last = this.books.lastPart(serviceId, timeNanos);
    if (last !== undefined && !last.record.isFull) {
      const segment =
        this.options.segments.get(last.record.id) ?? SegmentWriter.load(this.environment, last.record.id);
      this.options.segments.set(segment.id, segment);
      if (segment.weight <= this.options.segmentBytes) return this.touch(segment, last.key);
      this.books.setSegment(last.key, { ...last.record, isFull: true });
    }
    const part = last === undefined ? 0 : last.key.readUInt32BE(8) + 1;
    const key = segmentKey(serviceId, dayOf(timeNanos), part);
    const segment = new SegmentWriter(this.environment, this.books.newSegmentId());
    this.books.addPart(key, { id: segment.id, profiles: 0, isFull: false });
    this.options.segments.set(segment.id, segment);
    return this.touch(segment, key);
  }

  private touch(segment: SegmentWriter, key: Buffer): { key: Buffer; segment: SegmentWriter } {
    this.touched.set(segment, key);
    return { key, segment };
  }
}
