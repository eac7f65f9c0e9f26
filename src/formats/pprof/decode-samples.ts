// Samples into columns. This is where the time goes: nothing here makes an object for a sample without labels, and samples
// with equal labels share theirs.
import type { PprofParts } from './decode.ts';
import type { PprofSymbols } from './decode-symbols.ts';
import { LabelReader } from './decode-labels.ts';
import type { PprofSamples, PprofValues, SampleLabel } from './pprof.ts';
import { BYTES, over, PprofError, VARINT, Wire } from './wire.ts';

type Text = (id: number) => string;

/** Throws PprofError. */
export function readSamples(
  parts: PprofParts,
  symbols: PprofSymbols,
  types: number,
  text: Text,
): PprofSamples {
  const count = parts.samples.length / 2;
  if (count > 0 && types === 0) throw new PprofError('malformed profile: missing sample type information');
  const values = count * types;
  if (values > parts.bounds.values) throw over(parts.bounds.values, 'values');
  // Each takes a byte at least; asked before they get their memory.
  if (values > parts.raw.length)
    throw new PprofError(`malformed profile: mismatch: samples have fewer values than ${types} types`);
  const reader = new SampleReader(parts, symbols, types, new LabelReader(parts.bounds.labels, text));
  const wire = new Wire(parts.raw);
  for (let sample = 0; sample < count; sample++) {
    wire.at = parts.samples[2 * sample]!;
    wire.end = parts.samples[2 * sample + 1]!;
    reader.read(wire, sample);
  }
  return reader.finish(count);
}

class SampleReader {
  private readonly parts: PprofParts;
  private readonly symbols: PprofSymbols;
  private readonly types: number;
  private readonly labelReader: LabelReader;
  private readonly starts: Uint32Array;
  private readonly labels = new Map<number, readonly SampleLabel[]>();
  private cells = new Uint32Array(4_096);
  private cellCount = 0;
  private values: PprofValues;
  /** Of the sample that is being read. */
  private valueCount = 0;
  private firstValue = 0;

  constructor(parts: PprofParts, symbols: PprofSymbols, types: number, labelReader: LabelReader) {
    this.parts = parts;
    this.symbols = symbols;
    this.types = types;
    this.labelReader = labelReader;
    this.starts = new Uint32Array(parts.samples.length / 2 + 1);
    this.values = new Float64Array((parts.samples.length / 2) * types);
  }

  read(wire: Wire, sample: number): void {
    this.starts[sample] = this.cellCount;
    this.valueCount = 0;
    this.firstValue = sample * this.types;
    const { labelReader } = this;
    while (wire.next()) {
      if (wire.field === 1) this.readLocations(wire);
      else if (wire.field === 2) this.readValues(wire);
      else if (wire.field === 3) labelReader.note(wire);
      else wire.skip();
    }
    if (this.valueCount !== this.types)
      throw new PprofError(
        `malformed profile: mismatch: sample has ${this.valueCount} values vs. ${this.types} types`,
      );
    if (labelReader.hasLabels) this.labels.set(sample, labelReader.take(wire));
  }

  finish(count: number): PprofSamples {
    const { starts, values, labels, cells, cellCount } = this;
    starts[count] = cellCount;
    // Large ones are not copied: they are most of what the table costs.
    const isMostlyFull = cellCount > cells.length / 2;
    const locations = isMostlyFull ? cells.subarray(0, cellCount) : cells.slice(0, cellCount);
    return { count, starts, locations, values, labels };
  }

  private readLocations(wire: Wire): void {
    if (wire.type !== BYTES) {
      wire.expect(VARINT);
      this.addLocation(wire);
      return;
    }
    const outer = wire.enter();
    while (wire.at < wire.end) this.addLocation(wire);
    wire.end = outer;
  }

  private readValues(wire: Wire): void {
    if (wire.type !== BYTES) {
      wire.expect(VARINT);
      this.addValue(wire);
      return;
    }
    const outer = wire.enter();
    while (wire.at < wire.end) this.addValue(wire);
    wire.end = outer;
  }

  private addLocation(wire: Wire): void {
    const location = this.symbols.locationIds.read(wire);
    if (location < 0) throw new PprofError('malformed profile: sample has nil location');
    if (this.cellCount === this.cells.length) this.grow();
    this.cells[this.cellCount++] = location;
  }

  private addValue(wire: Wire): void {
    const place = this.valueCount++;
    const at = this.firstValue + place;
    const value = wire.integer();
    const exact = Number.isNaN(value) ? wire.signed() : undefined;
    if (place >= this.types) return;
    if (this.values instanceof BigInt64Array) this.values[at] = exact ?? BigInt(value);
    else if (exact === undefined) this.values[at] = value;
    else if (Number.isSafeInteger(Number(exact))) this.values[at] = Number(exact);
    else {
      this.values = BigInt64Array.from(this.values, BigInt);
      this.values[at] = exact;
    }
  }

  private grow(): void {
    const bound = this.parts.bounds.cells;
    if (this.cells.length >= bound) throw over(bound, 'locations in its stacks');
    const bigger = new Uint32Array(Math.min(bound, this.cells.length * 2));
    bigger.set(this.cells);
    this.cells = bigger;
  }
}
