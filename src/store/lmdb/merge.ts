// Adds profiles up without looking into them: numbers of the same sample key, segment by segment. Only the sums are made a
// profile again; several segments are then merged as profiles are.
import { mergeHeaders, PprofMerger } from '../../formats/pprof/merge.ts';
import type { Pprof, PprofHeader } from '../../formats/pprof/pprof.ts';
import { PprofError, PprofTooLarge } from '../../formats/pprof/wire.ts';
import { StoreError } from '../store.ts';
import { ColumnReader } from './columns.ts';
import type { Environment } from './environment.ts';
import type { HourSection } from './hour-sum.ts';
import { earlier } from './hour-sum.ts';
import { idKey } from './keys.ts';
import type { Hit } from './scan.ts';
import type { SegmentReader } from './segment-reader.ts';
import { SegmentSums } from './segment-sums.ts';

/** Profiles with one header: what they have in common, and when the first of them was taken. */
interface HeaderGroup {
  /** Where it stands among all: the first profile's header goes first. */
  readonly order: Buffer | number;
  readonly header: PprofHeader;
  readonly segmentId: number;
  readonly mainMapping: number;
}

interface Times {
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly order: Buffer | number;
}

export class ColumnMerger {
  profiles = 0;
  private readonly environment: Environment;
  private readonly withSampleLabels: boolean;
  private readonly segments = new Map<number, SegmentSums>();
  private readonly groups = new Map<string, HeaderGroup>();
  private readonly columns = new ColumnReader();
  private kind: PprofHeader | undefined;

  constructor(environment: Environment, withSampleLabels: boolean) {
    this.environment = environment;
    this.withSampleLabels = withSampleLabels;
  }

  /** `order` tells which profile is the first. Throws StoreError('incompatible'). */
  add({ id, entry, segment, places }: Omit<Hit, 'timeNanos'>, order: Buffer | number): void {
    const sums = this.addHeader(segment, entry.headerId, { ...entry, order });
    const bytes = this.environment.columns.get(idKey(id));
    if (bytes === undefined)
      throw new StoreError('broken', `The store is damaged: profile ${id} has no columns.`);
    this.addColumns(sums, { bytes, seriesIds: entry.seriesIds, places });
    this.profiles += 1;
  }

  /** The profiles of an hour that have any of the series in these places. */
  addHour(
    { headerId, seriesIds, groups, columns }: HourSection,
    segment: SegmentReader,
    places: readonly number[],
  ): void {
    const meant = new Set(places);
    let sums: SegmentSums | undefined;
    for (const group of groups) {
      if (!group.places.some((place) => meant.has(place))) continue;
      sums = this.addHeader(segment, headerId, { ...group, order: group.first });
      this.profiles += group.profiles;
    }
    // The groups' columns are one.
    if (sums !== undefined) this.addColumns(sums, { bytes: columns, seriesIds, places });
  }

  /** Undefined where nothing was added. */
  finish(): Pprof | undefined {
    if (this.groups.size === 0) return undefined;
    const groups = [...this.groups.values()].sort((a, b) => compareOrder(a.order, b.order));
    const header = groups.map((group) => group.header).reduce(mergeHeaders);
    // The first profile's main binary is that of the sum.
    const mains = new Map<number, number>();
    for (const { segmentId, mainMapping } of groups)
      if ((mains.get(segmentId) ?? -1) < 0) mains.set(segmentId, mainMapping);
    const parts = [...mains].flatMap(([id, main]) => this.segments.get(id)!.finish(header, main));
    if (parts.length === 1) return parts[0];
    try {
      const merger = new PprofMerger();
      for (const part of parts) merger.add(part);
      return { ...merger.finish()!, header };
    } catch (error) {
      throw toStoreError(error);
    }
  }

  private addColumns(
    sums: SegmentSums,
    { bytes, seriesIds, places }: { bytes: Buffer; seriesIds: readonly number[]; places: readonly number[] },
  ): void {
    const { columns } = this;
    columns.open(bytes);
    let next = 0;
    for (const place of places) {
      for (; next < place; next++) columns.skip();
      columns.read(sums.types);
      next += 1;
      sums.add(seriesIds[place]!, columns);
    }
  }

  private addHeader(segment: SegmentReader, headerId: number, times: Times): SegmentSums {
    const { pprof, type, mainMapping } = segment.header(headerId);
    if (pprof === undefined)
      throw new StoreError('incompatible', `Profiles of type ${type} cannot be added up.`);
    const { timeNanos, durationNanos } = times;
    const name = `${segment.id}/${headerId}`;
    const known = this.groups.get(name);
    const order =
      known !== undefined && compareOrder(known.order, times.order) <= 0 ? known.order : kept(times.order);
    if (known === undefined) {
      const header = { ...pprof, timeNanos, durationNanos };
      this.kind = this.checkKind(header);
      this.groups.set(name, { order, header, segmentId: segment.id, mainMapping });
    } else
      this.groups.set(name, {
        ...known,
        order,
        header: {
          ...known.header,
          timeNanos: earlier(known.header.timeNanos, timeNanos),
          durationNanos: known.header.durationNanos + durationNanos,
        },
      });
    return this.sumsOf(segment, pprof.sampleTypes.length);
  }

  private sumsOf(segment: SegmentReader, types: number): SegmentSums {
    let sums = this.segments.get(segment.id);
    if (sums === undefined) {
      sums = new SegmentSums(segment, types, this.withSampleLabels);
      this.segments.set(segment.id, sums);
    }
    return sums;
  }

  /** Sums of different kinds must not even begin. */
  private checkKind(header: PprofHeader): PprofHeader {
    try {
      return this.kind === undefined ? header : mergeHeaders(this.kind, header);
    } catch (error) {
      throw toStoreError(error);
    }
  }
}

function toStoreError(error: unknown): unknown {
  if (error instanceof PprofTooLarge) return new StoreError('too_large', error.message, error);
  if (error instanceof PprofError) return new StoreError('incompatible', error.message, error);
  return error;
}

/** Keys of the index are only good until the next one is read. */
function kept(order: Buffer | number): Buffer | number {
  return typeof order === 'number' ? order : Buffer.from(order);
}

function compareOrder(a: Buffer | number, b: Buffer | number): number {
  return typeof a === 'number' || typeof b === 'number' ? Number(a) - Number(b) : a.compare(b);
}
