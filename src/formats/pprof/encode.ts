// A table to bytes, the same for equal tables: ids are places, strings stand in the order in which they are first named.
import { ProtoWriter } from '../proto-writer.ts';
import type { Pprof, PprofFunction, PprofLocation, PprofMapping, SampleLabel, ValueType } from './pprof.ts';
import { textKey } from './text-key.ts';

/** Not compressed. */
export function encodePprofTable(pprof: Pprof): Buffer {
  return new Encoder().encode(pprof);
}

class Encoder {
  private readonly out = new ProtoWriter();
  private readonly part = new ProtoWriter();
  private readonly inner = new ProtoWriter();
  private readonly strings: string[] = [''];
  private readonly stringIds = new Map<string, number>([['', 0]]);

  encode({ header, mappings, functions, locations, samples }: Pprof): Buffer {
    const { out } = this;
    for (const type of header.sampleTypes) this.valueType(1, type);
    for (let sample = 0; sample < samples.count; sample++) this.sample({ header, samples }, sample);
    mappings.forEach((mapping, i) => {
      this.mapping(mapping, i + 1);
    });
    locations.forEach((location, i) => {
      this.location(location, i + 1);
    });
    functions.forEach((fn, i) => {
      this.fn(fn, i + 1);
    });
    const tail = {
      dropFrames: this.idOf(header.dropFrames),
      keepFrames: this.idOf(header.keepFrames),
      comments: header.comments.map((comment) => this.idOf(comment)),
      defaultSampleType: this.idOf(header.defaultSampleType),
      docUrl: this.idOf(header.docUrl),
    };
    if (header.periodType !== undefined) this.valueType(11, header.periodType);
    for (const text of this.strings) out.text(6, text);
    out.number(7, tail.dropFrames);
    out.number(8, tail.keepFrames);
    out.bigNumber(9, BigInt.asUintN(64, header.timeNanos));
    out.bigNumber(10, BigInt.asUintN(64, header.durationNanos));
    out.bigNumber(12, BigInt.asUintN(64, header.period));
    for (const comment of tail.comments) {
      out.varint(13 << 3);
      out.varint(comment);
    }
    out.number(14, tail.defaultSampleType);
    out.number(15, tail.docUrl);
    return out.copy();
  }

  private idOf(text: string): number {
    const key = textKey(text);
    let id = this.stringIds.get(key);
    if (id === undefined) {
      id = this.strings.push(text) - 1;
      this.stringIds.set(key, id);
    }
    return id;
  }

  private valueType(field: number, { type, unit }: ValueType): void {
    this.part.reset();
    this.part.number(1, this.idOf(type));
    this.part.number(2, this.idOf(unit));
    this.out.bytes(field, this.part.view());
  }

  private sample({ header, samples }: Pick<Pprof, 'header' | 'samples'>, sample: number): void {
    const { part, inner } = this;
    const types = header.sampleTypes.length;
    part.reset();
    inner.reset();
    for (let i = samples.starts[sample]!; i < samples.starts[sample + 1]!; i++)
      inner.varint(samples.locations[i]! + 1);
    if (inner.length > 0) part.bytes(1, inner.view());
    inner.reset();
    for (let i = sample * types; i < (sample + 1) * types; i++) writeValue(inner, samples.values[i]!);
    part.bytes(2, inner.view());
    for (const label of samples.labels.get(sample) ?? []) this.label(label);
    this.out.bytes(2, part.view());
  }

  private label(label: SampleLabel): void {
    const { inner } = this;
    inner.reset();
    inner.number(1, this.idOf(label.key));
    if ('text' in label) inner.number(2, this.idOf(label.text));
    else {
      inner.bigNumber(3, BigInt.asUintN(64, label.number));
      inner.number(4, this.idOf(label.unit));
    }
    this.part.bytes(3, inner.view());
  }

  private mapping(mapping: PprofMapping, id: number): void {
    const { part } = this;
    part.reset();
    part.number(1, id);
    part.bigNumber(2, mapping.start);
    part.bigNumber(3, mapping.limit);
    part.bigNumber(4, mapping.offset);
    part.number(5, this.idOf(mapping.filename));
    part.number(6, this.idOf(mapping.buildId));
    part.number(7, mapping.hasFunctions ? 1 : 0);
    part.number(8, mapping.hasFilenames ? 1 : 0);
    part.number(9, mapping.hasLineNumbers ? 1 : 0);
    part.number(10, mapping.hasInlineFrames ? 1 : 0);
    this.out.bytes(3, part.view());
  }

  private location(location: PprofLocation, id: number): void {
    const { part, inner } = this;
    part.reset();
    part.number(1, id);
    part.number(2, location.mapping + 1);
    part.bigNumber(3, location.address);
    for (const { fn, line, column } of location.lines) {
      inner.reset();
      inner.number(1, fn + 1);
      writeNumber(inner, 2, line);
      writeNumber(inner, 3, column);
      part.bytes(4, inner.view());
    }
    part.number(5, location.isFolded ? 1 : 0);
    this.out.bytes(4, part.view());
  }

  private fn(fn: PprofFunction, id: number): void {
    const { part } = this;
    part.reset();
    part.number(1, id);
    part.number(2, this.idOf(fn.name));
    part.number(3, this.idOf(fn.systemName));
    part.number(4, this.idOf(fn.filename));
    writeNumber(part, 5, fn.startLine);
    this.out.bytes(5, part.view());
  }
}

/** int64; also negative ones. */
function writeNumber(out: ProtoWriter, field: number, value: number): void {
  if (value >= 0) out.number(field, value);
  else out.bigNumber(field, BigInt.asUintN(64, BigInt(value)));
}

function writeValue(out: ProtoWriter, value: number | bigint): void {
  if (typeof value === 'number' && value >= 0) out.varint(value);
  else out.bigVarint(BigInt.asUintN(64, BigInt(value)));
}
