// Bytes to a table: strict where readers of other tools are lenient (a profile that was cut short is refused), and bounded.
import type { Pprof, PprofHeader, ValueType } from './pprof.ts';
import { readSamples } from './decode-samples.ts';
import { readSymbols } from './decode-symbols.ts';
import { BYTES, over, PprofError, unrecognized, VARINT, Wire } from './wire.ts';

export interface PprofBounds {
  readonly samples: number;
  /** Locations of all samples together. */
  readonly cells: number;
  /** Values of all samples together. */
  readonly values: number;
  /** Labels of different label sets. */
  readonly labels: number;
  /** Mappings, functions, locations, lines, texts: of each so many. */
  readonly symbols: number;
  readonly comments: number;
  /** UTF-16 units of all names, files and labels, each as often as it is named: one long text may be named a million times. */
  readonly text: number;
}

/** A hostile profile of MAX_RAW_BYTES costs some hundred megabytes with these; true ones are far below. */
export const PPROF_BOUNDS: PprofBounds = {
  samples: 2_097_152,
  cells: 33_554_432,
  values: 16_777_216,
  labels: 524_288,
  symbols: 524_288,
  comments: 4_096,
  text: 134_217_728,
};

const MAX_SAMPLE_TYPES = 1_024;

/** Where the messages of one kind lie in the bytes: start, end, start, end... */
type Ranges = number[];

export interface PprofParts {
  readonly raw: Buffer;
  readonly strings: readonly string[];
  readonly samples: Ranges;
  readonly mappings: Ranges;
  readonly locations: Ranges;
  readonly functions: Ranges;
  readonly bounds: PprofBounds;
}

/** Reads what is not compressed (any more). Throws PprofError. */
export function decodePprofTable(raw: Buffer, bounds: PprofBounds = PPROF_BOUNDS): Pprof {
  if (raw.length === 0) throw new PprofError('parsing profile: empty input file');
  const top = readTop(raw, bounds);
  let length = 0;
  const text = (id: number): string => {
    const found = textOf(top.strings, id);
    length += found.length;
    if (length > bounds.text) throw over(bounds.text, 'characters in its texts');
    return found;
  };
  const symbols = readSymbols(top, text);
  const sampleTypes = top.sampleTypes.map((range) => readValueType(raw, range, text));
  const samples = readSamples(top, symbols, sampleTypes.length, text);
  return {
    header: makeHeader(top, sampleTypes, text),
    mappings: symbols.mappings,
    functions: symbols.functions,
    locations: symbols.locations,
    samples,
  };
}

function textOf(strings: readonly string[], id: number): string {
  const text = strings[id];
  if (text === undefined) throw unrecognized(`there is no string ${id}`);
  return text;
}

interface Top extends PprofParts {
  readonly strings: string[];
  readonly sampleTypes: (readonly [start: number, end: number])[];
  readonly comments: number[];
  periodType: readonly [start: number, end: number] | undefined;
  period: bigint;
  timeNanos: bigint;
  durationNanos: bigint;
  dropFrames: number;
  keepFrames: number;
  defaultSampleType: number;
  docUrl: number;
}

function readTop(raw: Buffer, bounds: PprofBounds): Top {
  const top: Top = {
    raw,
    bounds,
    strings: [],
    samples: [],
    mappings: [],
    locations: [],
    functions: [],
    sampleTypes: [],
    comments: [],
    periodType: undefined,
    period: 0n,
    timeNanos: 0n,
    durationNanos: 0n,
    dropFrames: 0,
    keepFrames: 0,
    defaultSampleType: 0,
    docUrl: 0,
  };
  const wire = new Wire(raw);
  while (wire.next()) if (!readMessage(wire, top) && !readNumber(wire, top)) wire.skip();
  if (top.strings[0] !== '') throw unrecognized('the first string must be the empty one');
  return top;
}

/** Fields that are messages or texts. */
function readMessage(wire: Wire, top: Top): boolean {
  const { field } = wire;
  if (field > 6 && field !== 11) return false;
  wire.expect(BYTES);
  const end = wire.length();
  const start = wire.at;
  const { samples, symbols } = top.bounds;
  if (field === 1) {
    if (top.sampleTypes.length >= MAX_SAMPLE_TYPES) throw over(MAX_SAMPLE_TYPES, 'sample types');
    top.sampleTypes.push([start, end]);
  } else if (field === 2) push(top.samples, [start, end], samples, 'samples');
  else if (field === 3) push(top.mappings, [start, end], symbols, 'mappings');
  else if (field === 4) push(top.locations, [start, end], symbols, 'locations');
  else if (field === 5) push(top.functions, [start, end], symbols, 'functions');
  else if (field === 6) {
    if (top.strings.length >= top.bounds.symbols) throw over(top.bounds.symbols, 'strings');
    top.strings.push(wire.buffer.toString('utf8', start, end));
  } else top.periodType = [start, end];
  wire.at = end;
  return true;
}

function push(ranges: Ranges, [start, end]: readonly [number, number], bound: number, what: string): void {
  if (ranges.length >= 2 * bound) throw over(bound, what);
  ranges.push(start, end);
}

/** Fields that are numbers, `comment` packed or not. */
function readNumber(wire: Wire, top: Top): boolean {
  const { field } = wire;
  if (field < 7 || field > 15) return false;
  if (field === 13) {
    readNumbers(wire, (value) => {
      if (top.comments.length >= top.bounds.comments) throw over(top.bounds.comments, 'comments');
      top.comments.push(value);
    });
    return true;
  }
  wire.expect(VARINT);
  if (field === 9) {
    const timeNanos = wire.signed();
    // Two profiles one behind the other are one message to protocol buffers: the second would hide the first.
    if (top.timeNanos !== 0n) throw new PprofError('parsing profile: concatenated profiles detected');
    top.timeNanos = timeNanos;
  } else if (field === 10) top.durationNanos = wire.signed();
  else if (field === 12) top.period = wire.signed();
  else if (field === 7) top.dropFrames = wire.number();
  else if (field === 8) top.keepFrames = wire.number();
  else if (field === 14) top.defaultSampleType = wire.number();
  else top.docUrl = wire.number();
  return true;
}

/** A repeated number, packed or not. */
function readNumbers(wire: Wire, take: (value: number) => void): void {
  if (wire.type !== BYTES) {
    wire.expect(VARINT);
    take(wire.number());
    return;
  }
  const outer = wire.enter();
  while (wire.at < wire.end) take(wire.number());
  wire.end = outer;
}

function readValueType(
  raw: Buffer,
  [start, end]: readonly [number, number],
  text: (id: number) => string,
): ValueType {
  let type = 0;
  let unit = 0;
  const wire = new Wire(raw, start, end);
  while (wire.next()) {
    if (wire.field !== 1 && wire.field !== 2) {
      wire.skip();
      continue;
    }
    wire.expect(VARINT);
    if (wire.field === 1) type = wire.number();
    else unit = wire.number();
  }
  return { type: text(type), unit: text(unit) };
}

function makeHeader(top: Top, sampleTypes: ValueType[], text: (id: number) => string): PprofHeader {
  const periodType = top.periodType && readValueType(top.raw, top.periodType, text);
  // Written or not: an empty one says nothing.
  const hasPeriodType = periodType !== undefined && (periodType.type !== '' || periodType.unit !== '');
  return {
    sampleTypes,
    periodType: hasPeriodType ? periodType : undefined,
    period: top.period,
    timeNanos: top.timeNanos,
    durationNanos: top.durationNanos,
    dropFrames: text(top.dropFrames),
    keepFrames: text(top.keepFrames),
    comments: top.comments.map(text),
    defaultSampleType: text(top.defaultSampleType),
    docUrl: text(top.docUrl),
  };
}
