// Adds profiles up as google/pprof does, without its two faults: a time of 0 does not win, and no column overwrites another.
import type { Pprof, PprofHeader, PprofValues, ValueType } from './pprof.ts';
import type { TableBounds } from './symbol-table.ts';
import { SymbolTable, TABLE_BOUNDS } from './symbol-table.ts';
import { selectRows } from './select.ts';
import { ValueSums } from './value-sums.ts';
import { PprofError } from './wire.ts';

/** Later ones are left out: a comment per process would grow without end. */
export const MAX_MERGED_COMMENTS = 4_096;

export class PprofMerger {
  profiles = 0;
  private readonly table: SymbolTable;
  private header: PprofHeader | undefined;
  private sums: ValueSums | undefined;
  /** Sample keys in the order in which they were first met with a value that is not zero. */
  private readonly order: number[] = [];
  private isMet = new Uint8Array(256);

  constructor(bounds: TableBounds = TABLE_BOUNDS) {
    this.table = new SymbolTable(bounds);
  }

  /** Throws PprofError where the profile is of another kind than those before it, PprofTooLarge where the sum is. */
  add(pprof: Pprof): void {
    const { header } = pprof;
    this.header =
      this.header === undefined
        ? { ...header, comments: unite(header.comments, []) }
        : mergeHeaders(this.header, header);
    const sums = (this.sums ??= new ValueSums(header.sampleTypes.length));
    const keys = this.table.intern(pprof);
    if (this.table.mappings.length > 0) this.table.mainMapping = 0;
    sums.reserve(this.table.keyCount);
    if (this.table.keyCount > this.isMet.length) {
      const bigger = new Uint8Array(this.table.keyCount * 2);
      bigger.set(this.isMet);
      this.isMet = bigger;
    }
    const { count, values } = pprof.samples;
    for (let sample = 0; sample < count; sample++) {
      if (isZero(values, sample, sums.columns)) continue;
      const key = keys[sample]!;
      sums.add(key, values, sample);
      if (this.isMet[key] === 0) {
        this.isMet[key] = 1;
        this.order.push(key);
      }
    }
    this.profiles += 1;
  }

  /** The sum, with nothing in it that no sample needs; undefined when nothing was added. */
  finish(): Pprof | undefined {
    const { header, sums } = this;
    if (header === undefined || sums === undefined) return undefined;
    const keys = this.order.filter((key) => !sums.isZero(key));
    return selectRows(header, this.table, keys, sums.pick(keys));
  }
}

function isZero(values: PprofValues, sample: number, columns: number): boolean {
  for (let i = sample * columns; i < (sample + 1) * columns; i++)
    if (values[i] !== 0 && values[i] !== 0n) return false;
  return true;
}

/** The header of the sum of two profiles. Throws PprofError where they cannot be added up. */
export function mergeHeaders(first: PprofHeader, second: PprofHeader): PprofHeader {
  if (!isSameType(first.periodType, second.periodType))
    throw new PprofError(
      `incompatible period types ${show(first.periodType)} and ${show(second.periodType)}`,
    );
  if (!areSameTypes(first.sampleTypes, second.sampleTypes))
    throw new PprofError(
      `incompatible sample types ${showAll(first.sampleTypes)} and ${showAll(second.sampleTypes)}`,
    );
  return {
    ...first,
    period: second.period > first.period ? second.period : first.period,
    timeNanos: earlier(first.timeNanos, second.timeNanos),
    durationNanos: BigInt.asIntN(64, first.durationNanos + second.durationNanos),
    comments: unite(first.comments, second.comments),
    defaultSampleType: first.defaultSampleType === '' ? second.defaultSampleType : first.defaultSampleType,
    docUrl: first.docUrl === '' ? second.docUrl : first.docUrl,
  };
}

function unite(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])].slice(0, MAX_MERGED_COMMENTS);
}

function earlier(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return a === 0n ? b : a;
  return a < b ? a : b;
}

function isSameType(a: ValueType | undefined, b: ValueType | undefined): boolean {
  return a?.type === b?.type && a?.unit === b?.unit;
}

function areSameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => isSameType(type, b[i]));
}

/** Sample types and characters of each that a message names; both are the sender's. */
const SHOWN_TYPES = 8;
const SHOWN_LENGTH = 80;

function show(type: ValueType | undefined): string {
  return type === undefined ? 'none' : `${type.type}/${type.unit}`.slice(0, SHOWN_LENGTH);
}

function showAll(types: readonly ValueType[]): string {
  const more = types.length > SHOWN_TYPES ? ' ...' : '';
  return `[${types.slice(0, SHOWN_TYPES).map(show).join(' ')}${more}]`;
}
