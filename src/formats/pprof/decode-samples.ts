// Samples into columns. This is where the time goes: nothing here makes an object for a sample without labels.
import type { PprofParts } from './decode.ts';
import type { PprofSymbols } from './decode-symbols.ts';
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
  const reader = new SampleReader(parts, symbols, types, text);
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
  private readonly text: Text;
  private readonly starts: Uint32Array;
  private readonly labels = new Map<number, SampleLabel[]>();
  private cells = new Uint32Array(4_096);
  private cellCount = 0;
  private values: PprofValues;
  private valueCount = 0;

  constructor(parts: PprofParts, symbols: PprofSymbols, types: number, text: Text) {
    this.parts = parts;
    this.symbols = symbols;
    this.types = types;
    this.text = text;
    this.starts = new Uint32Array(parts.samples.length / 2 + 1);
    this.values = new Float64Array((parts.samples.length / 2) * types);
  }

  read(wire: Wire, sample: number): void {
    this.starts[sample] = this.cellCount;
    this.valueCount = sample * this.types;
    while (wire.next()) {
      if (wire.field === 1) this.readRepeated(wire, this.addLocation);
      else if (wire.field === 2) this.readRepeated(wire, this.addValue);
      else if (wire.field === 3) this.addLabel(wire, sample);
      else wire.skip();
    }
    const values = this.valueCount - sample * this.types;
    if (values !== this.types) throw mismatch(values, this.types);
  }

  finish(count: number): PprofSamples {
    this.starts[count] = this.cellCount;
    const { starts, values, labels } = this;
    return { count, starts, locations: this.cells.slice(0, this.cellCount), values, labels };
  }

  private readRepeated(wire: Wire, add: (wire: Wire) => void): void {
    if (wire.type !== BYTES) {
      wire.expect(VARINT);
      add(wire);
      return;
    }
    const end = wire.length();
    const { end: outer } = wire;
    wire.end = end;
    while (wire.at < end) add(wire);
    wire.end = outer;
  }

  private readonly addLocation = (wire: Wire): void => {
    const location = this.symbols.locationIds.read(wire);
    if (location < 0) throw new PprofError('malformed profile: a sample has an unknown location');
    if (this.cellCount === this.cells.length) this.grow();
    this.cells[this.cellCount++] = location;
  };

  private readonly addValue = (wire: Wire): void => {
    const at = this.valueCount++;
    if (at >= this.values.length) throw mismatch(this.types + 1, this.types);
    const value = this.values instanceof Float64Array ? wire.integer() : NaN;
    if (!Number.isNaN(value)) {
      this.values[at] = value;
      return;
    }
    const exact = wire.signed();
    if (this.values instanceof Float64Array) {
      if (Number.isSafeInteger(Number(exact))) {
        this.values[at] = Number(exact);
        return;
      }
      this.values = toExact(this.values);
    }
    this.values[at] = exact;
  };

  private addLabel(outer: Wire, sample: number): void {
    outer.expect(BYTES);
    const end = outer.length();
    const wire = new Wire(outer.buffer, outer.at, end);
    outer.at = end;
    const numbers = [0n, 0n, 0n, 0n, 0n];
    while (wire.next()) {
      if (wire.field > 4) wire.skip();
      else {
        wire.expect(VARINT);
        numbers[wire.field] = wire.big();
      }
    }
    const [, key, text, , unit] = numbers.map((value) => Number(value));
    const label: SampleLabel =
      text === 0
        ? { key: this.text(key!), number: BigInt.asIntN(64, numbers[3]!), unit: this.text(unit!) }
        : { key: this.text(key!), text: this.text(text!) };
    const labels = this.labels.get(sample);
    if (labels === undefined) this.labels.set(sample, [label]);
    else labels.push(label);
  }

  private grow(): void {
    const bound = this.parts.bounds.cells;
    if (this.cells.length >= bound) throw over(bound, 'locations in its stacks');
    const bigger = new Uint32Array(Math.min(bound, this.cells.length * 2));
    bigger.set(this.cells);
    this.cells = bigger;
  }
}

function mismatch(values: number, types: number): PprofError {
  return new PprofError(`malformed profile: mismatch: sample has ${values} values vs. ${types} types`);
}

function toExact(values: Float64Array): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}
