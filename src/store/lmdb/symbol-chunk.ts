// What a segment's symbol table has gained, as bytes: appended with the profile that brought it, replayed when it is opened.
// Chunks name only what stands in them or in earlier ones, so that ids are the same in every replay.
import { ProtoWriter } from '../../formats/proto-writer.ts';
import type { PprofFunction, PprofLocation, PprofMapping, SampleLabel } from '../../formats/pprof/pprof.ts';
import type { SymbolTable } from '../../formats/pprof/symbol-table.ts';
import { Wire } from '../../formats/pprof/wire.ts';

/** How much of a table is on the disk. */
export interface SymbolMarks {
  readonly mappings: number;
  readonly functions: number;
  readonly locations: number;
  readonly labelSets: number;
  readonly stacks: number;
  readonly keys: number;
}

/** Takes symbols in the order of their ids. */
export interface SymbolSink {
  addMapping(mapping: PprofMapping): void;
  addFunction(fn: PprofFunction): void;
  addLocation(location: PprofLocation): void;
  addLabelSet(labels: readonly SampleLabel[]): void;
  addStack(locations: Uint32Array): void;
  addKey(stack: number, labelSet: number): void;
}

/** Label set 0, the empty one, is in every table. */
export const NO_MARKS: SymbolMarks = {
  mappings: 0,
  functions: 0,
  locations: 0,
  labelSets: 1,
  stacks: 0,
  keys: 0,
};

export function marksOf(table: SymbolTable): SymbolMarks {
  return {
    mappings: table.mappings.length,
    functions: table.functions.length,
    locations: table.locations.length,
    labelSets: table.labelSets.length,
    stacks: table.stacks.count,
    keys: table.keyCount,
  };
}

/** Undefined where nothing is new since `from`. */
export function encodeSymbols(table: SymbolTable, from: SymbolMarks): Buffer | undefined {
  // Whatever is new has a new key: symbols come with samples.
  if (table.keyCount === from.keys) return undefined;
  return new ChunkWriter().encode(table, from);
}

class ChunkWriter {
  private readonly out = new ProtoWriter();
  private readonly texts = new Map<string, number>();

  encode(table: SymbolTable, from: SymbolMarks): Buffer {
    this.each(table.mappings, from.mappings, this.mapping);
    this.each(table.functions, from.functions, this.fn);
    this.each(table.locations, from.locations, this.location);
    this.each(table.labelSets, from.labelSets, this.labelSet);
    const { out } = this;
    out.varint(table.stacks.count - from.stacks);
    for (let stack = from.stacks; stack < table.stacks.count; stack++) {
      const row = table.stacks.rowOf(stack);
      out.varint(row.length);
      for (const location of row) out.varint(location);
    }
    out.varint(table.keyCount - from.keys);
    for (let key = from.keys; key < table.keyCount; key++) {
      out.varint(table.stackOf[key]!);
      out.varint(table.labelsOf[key]!);
    }
    const head = new ProtoWriter();
    head.varint(this.texts.size);
    for (const text of this.texts.keys()) {
      const bytes = Buffer.from(text);
      head.varint(bytes.length);
      head.raw(bytes);
    }
    return Buffer.concat([head.view(), out.view()]);
  }

  private each<Item>(items: readonly Item[], from: number, write: (item: Item) => void): void {
    this.out.varint(items.length - from);
    for (let i = from; i < items.length; i++) write(items[i]!);
  }

  private readonly mapping = (mapping: PprofMapping): void => {
    const { out } = this;
    for (const value of [mapping.start, mapping.limit, mapping.offset]) out.bigVarint(value);
    this.text(mapping.filename);
    this.text(mapping.buildId);
    const flags = [
      mapping.hasFunctions,
      mapping.hasFilenames,
      mapping.hasLineNumbers,
      mapping.hasInlineFrames,
    ];
    out.varint(flags.reduce((bits, flag, i) => bits | (Number(flag) << i), 0));
  };

  private readonly fn = (fn: PprofFunction): void => {
    for (const text of [fn.name, fn.systemName, fn.filename]) this.text(text);
    this.signed(BigInt(fn.startLine));
  };

  private readonly location = (location: PprofLocation): void => {
    const { out } = this;
    out.varint(location.mapping + 1);
    out.bigVarint(BigInt.asUintN(64, location.address));
    out.varint(Number(location.isFolded));
    out.varint(location.lines.length);
    for (const { fn, line, column } of location.lines) {
      out.varint(fn);
      this.signed(BigInt(line));
      this.signed(BigInt(column));
    }
  };

  private readonly labelSet = (labels: readonly SampleLabel[]): void => {
    const { out } = this;
    out.varint(labels.length);
    for (const label of labels) {
      this.text(label.key);
      out.varint('text' in label ? 1 : 0);
      if ('text' in label) this.text(label.text);
      else {
        this.signed(label.number);
        this.text(label.unit);
      }
    }
  };

  private text(text: string): void {
    let id = this.texts.get(text);
    if (id === undefined) {
      id = this.texts.size;
      this.texts.set(text, id);
    }
    this.out.varint(id);
  }

  private signed(value: bigint): void {
    this.out.bigVarint(BigInt.asUintN(64, value));
  }
}

/** Throws PprofError where the bytes are damaged. */
export function replaySymbols(bytes: Buffer, sink: SymbolSink): void {
  const wire = new Wire(bytes);
  const texts = Array.from({ length: wire.number() }, () => {
    const end = wire.length();
    const text = bytes.toString('utf8', wire.at, end);
    wire.at = end;
    return text;
  });
  const text = (): string => texts[wire.number()]!;
  const each = (read: () => void): void => {
    for (let left = wire.number(); left > 0; left--) read();
  };
  each(() => {
    sink.addMapping(readMapping(wire, text));
  });
  each(() => {
    const [name, systemName, filename] = [text(), text(), text()];
    sink.addFunction({ name, systemName, filename, startLine: Number(wire.signed()) });
  });
  each(() => {
    sink.addLocation(readLocation(wire));
  });
  each(() => {
    sink.addLabelSet(Array.from({ length: wire.number() }, () => readLabel(wire, text)));
  });
  each(() => {
    const row = new Uint32Array(wire.number());
    for (let i = 0; i < row.length; i++) row[i] = wire.number();
    sink.addStack(row);
  });
  each(() => {
    sink.addKey(wire.number(), wire.number());
  });
}

function readMapping(wire: Wire, text: () => string): PprofMapping {
  const [start, limit, offset] = [wire.big(), wire.big(), wire.big()];
  const [filename, buildId] = [text(), text()];
  const flags = wire.number();
  return {
    ...{ start, limit, offset, filename, buildId },
    hasFunctions: (flags & 1) !== 0,
    hasFilenames: (flags & 2) !== 0,
    hasLineNumbers: (flags & 4) !== 0,
    hasInlineFrames: (flags & 8) !== 0,
  };
}

function readLocation(wire: Wire): PprofLocation {
  const mapping = wire.number() - 1;
  const address = wire.big();
  const isFolded = wire.number() === 1;
  const lines = Array.from({ length: wire.number() }, () => ({
    fn: wire.number(),
    line: Number(wire.signed()),
    column: Number(wire.signed()),
  }));
  return { mapping, address, lines, isFolded };
}

function readLabel(wire: Wire, text: () => string): SampleLabel {
  const key = text();
  if (wire.number() === 1) return { key, text: text() };
  return { key, number: wire.signed(), unit: text() };
}
