// How many profiles each service and segment has: read once per transaction, changed in memory, written at its end. What has
// none left is removed, a segment with all that its profiles referred to.
import type { Environment } from './environment.ts';
import { afterPrefix, dayOf, segmentKey, serviceKey, uint32 } from './keys.ts';
import type { SegmentRecord, ServiceRecord, Totals } from './records.ts';
import { readSegment, readService, readTotals, writeRecord, writeTotals } from './records.ts';

/** Service and day, of a segment's key. */
const DAY_BYTES = 8;

/** The key of a record as text, which a map can find. */
type KeyText = string;

export class Books {
  totals: Totals;
  private readonly environment: Environment;
  private readonly services = new Map<KeyText, ServiceRecord>();
  private readonly segments = new Map<KeyText, SegmentRecord>();
  /** By service and day: what `segments` begin with. */
  private readonly lastParts = new Map<KeyText, Buffer>();

  constructor(environment: Environment) {
    this.environment = environment;
    this.totals = readTotals(environment.totals);
  }

  /** Makes the service where there is none. */
  service(tenant: string, service: string): ServiceRecord {
    const key = serviceKey(tenant, service);
    const known = this.services.get(textOf(key)) ?? readService(this.environment.services, key);
    if (known !== undefined) return known;
    const id = this.totals.nextServiceId;
    this.totals = { ...this.totals, nextServiceId: id + 1 };
    const made = { id, tenant, service, profiles: 0, bytes: 0 };
    this.services.set(textOf(key), made);
    return made;
  }

  /** Adds to what the service and the whole store have; less where the numbers are negative. */
  count(service: ServiceRecord, change: { profiles: number; bytes: number; storedBytes: number }): void {
    const key = textOf(serviceKey(service.tenant, service.service));
    const now = this.services.get(key) ?? service;
    const { profiles, bytes, storedBytes } = change;
    this.services.set(key, { ...now, profiles: now.profiles + profiles, bytes: now.bytes + bytes });
    this.totals = {
      ...this.totals,
      profiles: this.totals.profiles + profiles,
      storedBytes: this.totals.storedBytes + storedBytes,
    };
  }

  segment(key: Buffer): SegmentRecord | undefined {
    return this.segments.get(textOf(key)) ?? readSegment(this.environment.segments, key);
  }

  /** The last part of the day's segment: the one that grows. */
  lastPart(serviceId: number, timeNanos: bigint): { key: Buffer; record: SegmentRecord } | undefined {
    const day = segmentKey(serviceId, dayOf(timeNanos), 0).subarray(0, DAY_BYTES);
    const key = this.lastParts.get(textOf(day)) ?? this.findLastPart(day);
    const record = key && this.segment(key);
    if (record === undefined) return undefined;
    this.lastParts.set(textOf(day), key!);
    return { key: key!, record };
  }

  addPart(key: Buffer, record: SegmentRecord): void {
    this.setSegment(key, record);
    this.lastParts.set(textOf(key.subarray(0, DAY_BYTES)), key);
  }

  setSegment(key: Buffer, record: SegmentRecord): void {
    this.segments.set(textOf(key), record);
  }

  newSegmentId(): number {
    const id = this.totals.nextSegmentId;
    this.totals = { ...this.totals, nextSegmentId: id + 1 };
    return id;
  }

  /** Ids of segments that are there no more. */
  save(): readonly number[] {
    const { services, segments } = this.environment;
    const dead: number[] = [];
    for (const [text, record] of this.services) {
      const key = Buffer.from(text, 'latin1');
      if (record.profiles > 0) writeRecord(services, key, record);
      else services.removeSync(key);
    }
    for (const [text, record] of this.segments) {
      const key = Buffer.from(text, 'latin1');
      if (record.profiles > 0) writeRecord(segments, key, record);
      else {
        segments.removeSync(key);
        this.removeDictionary(record.id);
        dead.push(record.id);
      }
    }
    writeTotals(this.environment.totals, this.totals);
    return dead;
  }

  private findLastPart(day: Buffer): Buffer | undefined {
    const range = { start: afterPrefix(day), end: day, reverse: true, limit: 1 };
    const [key] = [...this.environment.segments.getKeys(range)];
    return key && Buffer.from(key);
  }

  private removeDictionary(segmentId: number): void {
    const { dictionary } = this.environment;
    const prefix = uint32(segmentId);
    const keys = [...dictionary.getKeys({ start: prefix, end: afterPrefix(prefix) })];
    for (const key of keys) dictionary.removeSync(key);
  }
}

function textOf(key: Buffer): KeyText {
  return key.toString('latin1');
}
