// Adds profiles up without looking into them: numbers of the same sample key, segment by segment. Only the sums are made a
// profile again; several segments are then merged as profiles are.
import { mergeHeaders, PprofMerger } from '../../formats/pprof/merge.ts';
import type { Pprof, PprofHeader } from '../../formats/pprof/pprof.ts';
import { PprofError, PprofTooLarge } from '../../formats/pprof/wire.ts';
import { StoreError } from '../store.ts';
import { ColumnReader } from './columns.ts';
import type { Environment } from './environment.ts';
import { idKey } from './keys.ts';
import type { Hit } from './scan.ts';
import { SegmentSums } from './segment-sums.ts';

/** Profiles with one header: what they have in common, and when the first of them was taken. */
interface HeaderGroup {
  /** Where it stands among all: the first profile's header goes first. */
  readonly order: Buffer | number;
  readonly header: PprofHeader;
  readonly segmentId: number;
  readonly mainMapping: number;
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
  add(hit: Omit<Hit, 'timeNanos'>, order: Buffer | number): void {
    const { entry, segment, places } = hit;
    const types = this.addHeader(hit, order);
    let sums = this.segments.get(segment.id);
    if (sums === undefined) {
      sums = new SegmentSums(segment, types, this.withSampleLabels);
      this.segments.set(segment.id, sums);
    }
    const bytes = this.environment.columns.get(idKey(hit.id));
    if (bytes === undefined)
      throw new StoreError('broken', `The store is damaged: profile ${hit.id} has no columns.`);
    const { columns } = this;
    columns.open(bytes);
    let next = 0;
    for (const place of places) {
      for (; next < place; next++) columns.skip();
      columns.read(types);
      next += 1;
      sums.add(entry.seriesIds[place]!, columns);
    }
    this.profiles += 1;
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

  private addHeader({ entry, segment }: Omit<Hit, 'timeNanos'>, order: Buffer | number): number {
    const { pprof, type, mainMapping } = segment.header(entry.headerId);
    if (pprof === undefined)
      throw new StoreError('incompatible', `Profiles of type ${type} cannot be added up.`);
    const { timeNanos, durationNanos } = entry;
    const name = `${segment.id}/${entry.headerId}`;
    const known = this.groups.get(name);
    if (known === undefined) {
      const header = { ...pprof, timeNanos, durationNanos };
      this.kind = this.checkKind(header);
      this.groups.set(name, { order: kept(order), header, segmentId: segment.id, mainMapping });
    } else {
      const isEarlier = compareOrder(order, known.order) < 0;
      this.groups.set(name, {
        ...known,
        order: isEarlier ? kept(order) : known.order,
        header: {
          ...known.header,
          timeNanos: earlier(known.header.timeNanos, timeNanos),
          durationNanos: known.header.durationNanos + durationNanos,
        },
      });
    }
    return pprof.sampleTypes.length;
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

/** 0 is no time. */
function earlier(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return a === 0n ? b : a;
  return a < b ? a : b;
}
