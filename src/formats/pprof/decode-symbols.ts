// Mappings, functions and locations: the parts of a profile that samples refer to by id.
import type { PprofParts } from './decode.ts';
import { IdTable } from './id-table.ts';
import type { PprofFunction, PprofLine, PprofLocation, PprofMapping } from './pprof.ts';
import { BYTES, over, PprofError, VARINT, Wire } from './wire.ts';

export interface PprofSymbols {
  readonly mappings: readonly PprofMapping[];
  readonly functions: readonly PprofFunction[];
  readonly locations: readonly PprofLocation[];
  readonly locationIds: IdTable;
}

type Text = (id: number) => string;

/** Throws PprofError. */
export function readSymbols(parts: PprofParts, text: Text): PprofSymbols {
  const mappingIds = new IdTable('mapping', parts.mappings.length / 2);
  const functionIds = new IdTable('function', parts.functions.length / 2);
  const locationIds = new IdTable('location', parts.locations.length / 2);
  const mappings = each(parts.raw, parts.mappings, (wire) => readMapping(wire, mappingIds, text));
  const functions = each(parts.raw, parts.functions, (wire) => readFunction(wire, functionIds, text));
  const { symbols } = parts.bounds;
  const ids: Ids = { mappingIds, functionIds, locationIds, lines: 0, maxLines: symbols };
  const locations = each(parts.raw, parts.locations, (wire) => readLocation(wire, ids));
  return { mappings, functions, locations, locationIds };
}

function each<Part>(raw: Buffer, ranges: readonly number[], read: (wire: Wire) => Part): Part[] {
  const parts: Part[] = [];
  const wire = new Wire(raw);
  for (let i = 0; i < ranges.length; i += 2) {
    wire.at = ranges[i]!;
    wire.end = ranges[i + 1]!;
    parts.push(read(wire));
  }
  return parts;
}

function readMapping(wire: Wire, ids: IdTable, text: Text): PprofMapping {
  // The message's fields 1 to 10.
  const numbers = new Array<bigint>(11).fill(0n);
  while (wire.next()) {
    if (wire.field > 10) wire.skip();
    else {
      wire.expect(VARINT);
      numbers[wire.field] = wire.big();
    }
  }
  const [, id, start, limit, offset, filename, buildId, ...has] = numbers;
  ids.add(id!);
  return {
    start: start!,
    limit: limit!,
    offset: offset!,
    filename: text(Number(filename)),
    buildId: text(Number(buildId)),
    hasFunctions: has[0] !== 0n,
    hasFilenames: has[1] !== 0n,
    hasLineNumbers: has[2] !== 0n,
    hasInlineFrames: has[3] !== 0n,
  };
}

function readFunction(wire: Wire, ids: IdTable, text: Text): PprofFunction {
  let id: number | bigint = 0;
  let [name, systemName, filename, startLine] = [0, 0, 0, 0];
  while (wire.next()) {
    if (wire.field > 5) {
      wire.skip();
      continue;
    }
    wire.expect(VARINT);
    if (wire.field === 1) id = wire.id();
    else if (wire.field === 2) name = wire.number();
    else if (wire.field === 3) systemName = wire.number();
    else if (wire.field === 4) filename = wire.number();
    else startLine = wire.signedNumber();
  }
  ids.add(id);
  return { name: text(name), systemName: text(systemName), filename: text(filename), startLine };
}

interface Ids {
  readonly mappingIds: IdTable;
  readonly functionIds: IdTable;
  readonly locationIds: IdTable;
  readonly maxLines: number;
  lines: number;
}

function readLocation(wire: Wire, ids: Ids): PprofLocation {
  const lines: PprofLine[] = [];
  let id: number | bigint = 0;
  let mapping = -1;
  let address = 0n;
  let isFolded = false;
  while (wire.next()) {
    if (wire.field > 5) {
      wire.skip();
      continue;
    }
    wire.expect(wire.field === 4 ? BYTES : VARINT);
    if (wire.field === 1) id = wire.id();
    // A mapping that is not there is none.
    else if (wire.field === 2) mapping = ids.mappingIds.read(wire);
    else if (wire.field === 3) address = wire.big();
    else if (wire.field === 5) isFolded = wire.big() !== 0n;
    else {
      if (++ids.lines > ids.maxLines) throw over(ids.maxLines, 'lines');
      lines.push(readLine(wire, ids.functionIds));
    }
  }
  ids.locationIds.add(id);
  for (const { fn } of lines)
    if (fn < 0) throw new PprofError(`malformed profile: location id: ${id} has a line with nil function`);
  return { mapping, address, lines, isFolded };
}

/** A function that is not there is -1. */
function readLine(wire: Wire, functionIds: IdTable): PprofLine {
  const outer = wire.enter();
  let [fn, line, column] = [-1, 0, 0];
  while (wire.next()) {
    if (wire.field > 3) {
      wire.skip();
      continue;
    }
    wire.expect(VARINT);
    if (wire.field === 1) fn = functionIds.read(wire);
    else if (wire.field === 2) line = wire.signedNumber();
    else column = wire.signedNumber();
  }
  wire.end = outer;
  return { fn, line, column };
}
