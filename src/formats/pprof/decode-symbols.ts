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
  let lines = 0;
  const locations = each(parts.raw, parts.locations, (wire) => {
    const location = readLocation(wire, { mappingIds, functionIds, locationIds });
    lines += location.lines.length;
    if (lines > parts.bounds.symbols) throw over(parts.bounds.symbols, 'lines');
    return location;
  });
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

/** Number fields 1 to `count` of a message; others are passed by. */
function readNumbers(wire: Wire, count: number): bigint[] {
  const numbers = new Array<bigint>(count + 1).fill(0n);
  while (wire.next()) {
    if (wire.field > count) wire.skip();
    else {
      wire.expect(VARINT);
      numbers[wire.field] = wire.big();
    }
  }
  return numbers;
}

function readMapping(wire: Wire, ids: IdTable, text: Text): PprofMapping {
  const [, id, start, limit, offset, filename, buildId, ...has] = readNumbers(wire, 10);
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
  const [, id, name, systemName, filename, startLine] = readNumbers(wire, 5);
  ids.add(id!);
  return {
    name: text(Number(name)),
    systemName: text(Number(systemName)),
    filename: text(Number(filename)),
    startLine: Number(BigInt.asIntN(64, startLine!)),
  };
}

interface Ids {
  readonly mappingIds: IdTable;
  readonly functionIds: IdTable;
  readonly locationIds: IdTable;
}

function readLocation(wire: Wire, ids: Ids): PprofLocation {
  const lines: PprofLine[] = [];
  let id = 0n;
  let mapping = -1;
  let address = 0n;
  let isFolded = false;
  while (wire.next()) {
    if (wire.field > 5) {
      wire.skip();
      continue;
    }
    wire.expect(wire.field === 4 ? BYTES : VARINT);
    if (wire.field === 1) id = wire.big();
    else if (wire.field === 2) mapping = ids.mappingIds.read(wire);
    else if (wire.field === 3) address = wire.big();
    else if (wire.field === 4) lines.push(readLine(wire, ids.functionIds));
    else isFolded = wire.big() !== 0n;
  }
  ids.locationIds.add(id);
  return { mapping, address, lines, isFolded };
}

function readLine(outer: Wire, functionIds: IdTable): PprofLine {
  const end = outer.length();
  const [, id, line, column] = readNumbers(new Wire(outer.buffer, outer.at, end), 3);
  outer.at = end;
  const fn = functionIds.find(id!);
  if (fn < 0) throw new PprofError(`malformed profile: a line has no function ${id!}`);
  return { fn, line: signed(line!), column: signed(column!) };
}

function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}
