// The messages of a pprof file as they stand in it, numbers not yet resolved.
import { FieldError, FieldReader } from '../model/field-reader.ts';

/** Samples, locations, functions and strings together; each costs some hundred bytes here and two in the file. */
export const MAX_PPROF_PARTS = 4_194_304;
/** Locations, values, labels and lines of all parts together. */
export const MAX_PPROF_NUMBERS = 33_554_432;

export interface PprofSample {
  readonly locations: readonly number[];
  readonly values: readonly number[];
  /** String labels; numeric ones are left out, as Pyroscope does. */
  readonly labels: readonly (readonly [name: number, value: number])[];
}

export interface PprofMessages {
  readonly strings: string[];
  readonly sampleTypes: (readonly [type: number, unit: number])[];
  readonly samples: PprofSample[];
  readonly locations: Map<number, readonly { readonly functionId: number; readonly line: number }[]>;
  readonly functions: Map<number, { readonly name: number; readonly file: number }>;
  timeNanos: bigint;
  durationNanos: bigint;
  period: number;
  /** How many more of `MAX_PPROF_PARTS` and `MAX_PPROF_NUMBERS` there may be. */
  partsLeft: number;
  numbersLeft: number;
}

type Visit = (field: number, wire: number, fields: FieldReader) => boolean;

/** Throws FieldError where the bytes are no such message. */
export function readPprofMessages(raw: Buffer): PprofMessages {
  const found: PprofMessages = {
    strings: [],
    sampleTypes: [],
    samples: [],
    locations: new Map(),
    functions: new Map(),
    timeNanos: 0n,
    durationNanos: 0n,
    period: 0,
    partsLeft: MAX_PPROF_PARTS,
    numbersLeft: MAX_PPROF_NUMBERS,
  };
  walk(raw, [0, raw.length], (field, wire, fields) => {
    if (wire === 0 && field === 9) found.timeNanos = fields.bigVarint();
    else if (wire === 0 && field === 10) found.durationNanos = fields.bigVarint();
    else if (wire === 0 && field === 12) found.period = fields.varint();
    else if (wire === 2) readPart(raw, field, fields.range(), found);
    else return false;
    return true;
  });
  return found;
}

type Range = readonly [start: number, end: number];

function readPart(raw: Buffer, field: number, range: Range, found: PprofMessages): void {
  if (--found.partsLeft < 0) throw new FieldError(`it has more than ${MAX_PPROF_PARTS} parts`);
  if (field === 1) found.sampleTypes.push(readPair(raw, range));
  else if (field === 2) found.samples.push(readSample(raw, range, found));
  else if (field === 4) readLocation(raw, range, found);
  else if (field === 5) readFunction(raw, range, found);
  else if (field === 6) found.strings.push(raw.toString('utf8', range[0], range[1]));
}

/** Calls `visit` for each field; what it does not take (returning false) is skipped. */
function walk(raw: Buffer, [start, end]: Range, visit: Visit): void {
  const fields = new FieldReader();
  fields.reset(raw, start, end);
  while (!fields.isAtEnd) {
    const key = fields.varint();
    const wire = key & 7;
    if (visit(Math.floor(key / 8), wire, fields)) continue;
    if (wire === 0) fields.bigVarint();
    else if (wire === 1) fields.skip(8);
    else if (wire === 2) fields.range();
    else if (wire === 5) fields.skip(4);
    else throw new FieldError('it is no protocol buffer');
  }
}

function readPair(raw: Buffer, range: Range): readonly [number, number] {
  let first = 0;
  let second = 0;
  walk(raw, range, (field, wire, fields) => {
    if (wire !== 0 || field > 2) return false;
    if (field === 1) first = fields.varint();
    else second = fields.varint();
    return true;
  });
  return [first, second];
}

/** Before a number is kept: so many small ones fit into a file that they would fill the memory. */
function spendNumber(found: PprofMessages): void {
  if (--found.numbersLeft < 0) throw new FieldError(`it has more than ${MAX_PPROF_NUMBERS} numbers`);
}

function readSample(raw: Buffer, range: Range, found: PprofMessages): PprofSample {
  const locations: number[] = [];
  const values: number[] = [];
  const labels: (readonly [number, number])[] = [];
  walk(raw, range, (field, wire, fields) => {
    const numbers = field === 1 ? locations : field === 2 ? values : undefined;
    if (numbers !== undefined && wire === 0) {
      spendNumber(found);
      numbers.push(readNumber(fields));
    } else if (numbers !== undefined && wire === 2) readPacked(raw, fields.range(), numbers, found);
    else if (field === 3 && wire === 2) {
      spendNumber(found);
      const label = readPair(raw, fields.range());
      if (label[1] !== 0) labels.push(label);
    } else return false;
    return true;
  });
  return { locations, values, labels };
}

function readPacked(raw: Buffer, [start, end]: Range, into: number[], found: PprofMessages): void {
  const fields = new FieldReader();
  fields.reset(raw, start, end);
  while (!fields.isAtEnd) {
    spendNumber(found);
    into.push(readNumber(fields));
  }
}

/** int64 and uint64 as a number: negative ones (memory given back) stay negative, large ones lose their last bits. */
function readNumber(fields: FieldReader): number {
  return Number(BigInt.asIntN(64, fields.bigVarint()));
}

function readLocation(raw: Buffer, range: Range, found: PprofMessages): void {
  let id = 0;
  const lines: { functionId: number; line: number }[] = [];
  walk(raw, range, (field, wire, fields) => {
    if (field === 1 && wire === 0) id = readNumber(fields);
    else if (field === 4 && wire === 2) {
      spendNumber(found);
      const [functionId, line] = readPair(raw, fields.range());
      lines.push({ functionId, line });
    } else return false;
    return true;
  });
  found.locations.set(id, lines);
}

function readFunction(raw: Buffer, range: Range, found: PprofMessages): void {
  let id = 0;
  let name = 0;
  let file = 0;
  walk(raw, range, (field, wire, fields) => {
    if (wire !== 0 || (field !== 1 && field !== 2 && field !== 4)) return false;
    const value = readNumber(fields);
    if (field === 1) id = value;
    else if (field === 2) name = value;
    else file = value;
    return true;
  });
  found.functions.set(id, { name, file });
}
