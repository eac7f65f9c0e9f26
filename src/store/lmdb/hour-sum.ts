// The sum of an hour's profiles of one type in one service, in their own normal form, so that a merge over weeks adds hours.
// It still tells series apart, and which of them came together: how many profiles a selector means must not change.
import { ProtoWriter } from '../../formats/proto-writer.ts';
import { ValueSums } from '../../formats/pprof/value-sums.ts';
import { Wire } from '../../formats/pprof/wire.ts';
import type { SeriesRows } from './columns.ts';
import { ColumnReader, ColumnWriter } from './columns.ts';
import type { Entry } from './entry.ts';

/** Profiles of a section that have the same series. */
export interface HourGroup {
  /** Places in `seriesIds` of the section. */
  readonly places: readonly number[];
  readonly profiles: number;
  /** Time and id of the first one, as in the keys of entries. */
  readonly first: Buffer;
  /** The earliest that is not 0. */
  readonly timeNanos: bigint;
  /** Of all together. */
  readonly durationNanos: bigint;
}

/** Profiles of one segment with one header. */
export interface HourSection {
  readonly segmentId: number;
  readonly headerId: number;
  readonly seriesIds: readonly number[];
  readonly groups: readonly HourGroup[];
  /** In the order of `seriesIds`. */
  readonly columns: Buffer;
}

/** A profile on its way into a sum. */
export interface HourProfile {
  readonly entry: Entry;
  readonly types: number;
  /** Time and id, as in the keys of entries. */
  readonly order: Buffer;
  readonly columns: Buffer;
}

export class HourSummer {
  profiles = 0;
  /** False when the hour has something that cannot be added up. */
  isComplete = true;
  private readonly sections = new Map<string, SectionSummer>();

  add(profile: HourProfile): void {
    const { segmentId, headerId } = profile.entry;
    const name = `${segmentId}/${headerId}`;
    let section = this.sections.get(name);
    if (section === undefined) {
      section = new SectionSummer(profile);
      this.sections.set(name, section);
    }
    section.add(profile);
    this.profiles += 1;
  }

  finish(): Buffer {
    const out = new ProtoWriter();
    out.varint(this.sections.size);
    for (const section of this.sections.values()) section.write(out);
    return out.copy();
  }
}

export function readHour(bytes: Buffer): readonly HourSection[] {
  const wire = new Wire(bytes);
  return Array.from({ length: wire.number() }, () => readSection(wire));
}

class SectionSummer {
  private readonly segmentId: number;
  private readonly headerId: number;
  private readonly types: number;
  private readonly columns = new ColumnReader();
  private readonly places = new Map<number, number>();
  private readonly series: SparseRows[] = [];
  private readonly groups = new Map<string, HourGroup>();

  constructor({ entry, types }: HourProfile) {
    this.segmentId = entry.segmentId;
    this.headerId = entry.headerId;
    this.types = types;
  }

  add({ entry, order, columns }: HourProfile): void {
    const places = entry.seriesIds.map((id) => this.placeOf(id));
    this.columns.open(columns);
    for (const place of places) {
      this.columns.read(this.types);
      this.series[place]!.add(this.columns);
    }
    this.addToGroup(
      [...places].sort((a, b) => a - b),
      entry,
      order,
    );
  }

  write(out: ProtoWriter): void {
    out.varint(this.segmentId);
    out.varint(this.headerId);
    writeAll(out, [...this.places.keys()]);
    out.varint(this.groups.size);
    for (const group of this.groups.values()) {
      writeAll(out, group.places);
      out.varint(group.profiles);
      out.varint(group.first.length);
      out.raw(group.first);
      out.bigVarint(BigInt.asUintN(64, group.timeNanos));
      out.bigVarint(BigInt.asUintN(64, group.durationNanos));
    }
    const columns = new ColumnWriter();
    for (const rows of this.series) columns.add(rows.sorted(), this.types);
    const bytes = columns.take();
    out.varint(bytes.length);
    out.raw(bytes);
  }

  private placeOf(seriesId: number): number {
    let place = this.places.get(seriesId);
    if (place === undefined) {
      place = this.series.push(new SparseRows(this.types)) - 1;
      this.places.set(seriesId, place);
    }
    return place;
  }

  private addToGroup(places: readonly number[], entry: Entry, order: Buffer): void {
    const name = places.join();
    const known = this.groups.get(name);
    const { timeNanos, durationNanos } = entry;
    this.groups.set(
      name,
      known === undefined
        ? { places, profiles: 1, first: Buffer.from(order), timeNanos, durationNanos }
        : {
            ...known,
            profiles: known.profiles + 1,
            first: order.compare(known.first) < 0 ? Buffer.from(order) : known.first,
            timeNanos: earlier(known.timeNanos, timeNanos),
            durationNanos: known.durationNanos + durationNanos,
          },
    );
  }
}

/** Sums of one series, for the sample keys that it has. */
class SparseRows {
  private readonly types: number;
  private readonly sums: ValueSums;
  private readonly rows = new Map<number, number>();

  constructor(types: number) {
    this.types = types;
    this.sums = new ValueSums(types, 16);
  }

  add({ rows, keys, values }: SeriesRows): void {
    this.sums.reserve(this.rows.size + rows);
    for (let i = 0; i < rows; i++) {
      let row = this.rows.get(keys[i]!);
      if (row === undefined) {
        row = this.rows.size;
        this.rows.set(keys[i]!, row);
      }
      this.sums.add(row, values, i);
    }
  }

  sorted(): SeriesRows {
    const keys = Uint32Array.from(this.rows.keys()).sort();
    const rows = Array.from(keys, (key) => this.rows.get(key)!);
    return { rows: keys.length, keys, values: this.sums.pick(rows) };
  }
}

/** 0 is no time. */
export function earlier(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return a === 0n ? b : a;
  return a < b ? a : b;
}

function writeAll(out: ProtoWriter, numbers: readonly number[]): void {
  out.varint(numbers.length);
  for (const number of numbers) out.varint(number);
}

function readSection(wire: Wire): HourSection {
  const numbers = (): number[] => Array.from({ length: wire.number() }, () => wire.number());
  const [segmentId, headerId] = [wire.number(), wire.number()];
  const seriesIds = numbers();
  const groups = Array.from({ length: wire.number() }, () => ({
    places: numbers(),
    profiles: wire.number(),
    first: readBytes(wire),
    timeNanos: wire.signed(),
    durationNanos: wire.signed(),
  }));
  return { segmentId, headerId, seriesIds, groups, columns: readBytes(wire) };
}

function readBytes(wire: Wire): Buffer {
  const end = wire.length();
  const bytes = wire.buffer.subarray(wire.at, end);
  wire.at = end;
  return bytes;
}
