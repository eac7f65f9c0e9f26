// What the store knows of services, segments and profiles: small records, as JSON.
import type { StoredProfile } from '../profile.ts';
import type { Table } from './environment.ts';

export interface ServiceRecord {
  readonly id: number;
  readonly tenant: string;
  readonly service: string;
  readonly profiles: number;
  /** Of bodies as they were received. */
  readonly bytes: number;
}

export interface SegmentRecord {
  readonly id: number;
  readonly profiles: number;
  /** The next profile opens another part. */
  readonly isFull: boolean;
}

export interface ProfileRecord {
  readonly profile: StoredProfile;
  readonly serviceId: number;
  readonly segmentKey: Buffer;
  /** What it takes on the disk, of its own. */
  readonly storedBytes: number;
}

export interface Totals {
  readonly nextServiceId: number;
  readonly nextSegmentId: number;
  readonly profiles: number;
  /** `storedBytes` of all profiles. */
  readonly storedBytes: number;
  /** Who may write. */
  readonly owner: string;
}

const FIRST: Totals = { nextServiceId: 1, nextSegmentId: 1, profiles: 0, storedBytes: 0, owner: '' };
const TOTALS_KEY = Buffer.from('totals');

export function readTotals(table: Table): Totals {
  return (readRecord(table, TOTALS_KEY) as Totals | undefined) ?? FIRST;
}

export function writeTotals(table: Table, totals: Totals): void {
  writeRecord(table, TOTALS_KEY, totals);
}

export function readService(table: Table, key: Buffer): ServiceRecord | undefined {
  return readRecord(table, key) as ServiceRecord | undefined;
}

export function readSegment(table: Table, key: Buffer): SegmentRecord | undefined {
  return readRecord(table, key) as SegmentRecord | undefined;
}

export function parseRecord(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString('utf8'));
}

function readRecord(table: Table, key: Buffer): unknown {
  const bytes = table.get(key);
  return bytes && parseRecord(bytes);
}

export function writeRecord(table: Table, key: Buffer, value: object): void {
  table.putSync(key, Buffer.from(JSON.stringify(value)));
}

interface WrittenProfile extends Omit<StoredProfile, 'createdAtNanos' | 'periodType'> {
  readonly time: string;
  readonly period: StoredProfile['periodType'] | null;
  readonly serviceId: number;
  readonly segment: string;
  readonly storedBytes: number;
}

export function encodeProfile({ profile, ...record }: ProfileRecord): Buffer {
  const { createdAtNanos, periodType, ...rest } = profile;
  const written: WrittenProfile = {
    ...rest,
    time: createdAtNanos.toString(),
    period: periodType ?? null,
    serviceId: record.serviceId,
    segment: record.segmentKey.toString('hex'),
    storedBytes: record.storedBytes,
  };
  return Buffer.from(JSON.stringify(written));
}

export function decodeProfile(bytes: Buffer): ProfileRecord {
  const { time, period, serviceId, segment, storedBytes, ...rest } = parseRecord(bytes) as WrittenProfile;
  return {
    profile: { ...rest, createdAtNanos: BigInt(time), periodType: period ?? undefined },
    serviceId,
    segmentKey: Buffer.from(segment, 'hex'),
    storedBytes,
  };
}
