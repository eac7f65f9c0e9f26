// What the index says of a profile: where its symbols are, which series it has, and what each of them sums up to.
import { ProtoWriter } from '../../formats/proto-writer.ts';
import { Wire } from '../../formats/pprof/wire.ts';

export interface Entry {
  readonly segmentId: number;
  /** In the segment's dictionary. */
  readonly headerId: number;
  /** The profile's own time and duration, which its merge is made with; 0 where it says none. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  /** In the segment's dictionary. */
  readonly seriesIds: readonly number[];
  /** Row by row: series i has totals[i * types + type]. */
  readonly totals: readonly number[];
}

/** Stands before a total that no varint can hold: then it follows as a double. */
const AS_DOUBLE = 0;
/** Twice it and one more are still exact. */
const MAX_AS_VARINT = 2 ** 51;
const out = new ProtoWriter();

export function encodeEntry(entry: Entry): Buffer {
  out.reset();
  out.varint(entry.segmentId);
  out.varint(entry.headerId);
  out.bigVarint(BigInt.asUintN(64, entry.timeNanos));
  out.bigVarint(BigInt.asUintN(64, entry.durationNanos));
  out.varint(entry.seriesIds.length);
  for (const id of entry.seriesIds) out.varint(id);
  for (const total of entry.totals) writeTotal(total);
  return out.copy();
}

/** Without `totals`, which most queries don't need: they stay empty. */
export function decodeEntry(bytes: Buffer, withTotals = false): Entry {
  const wire = new Wire(bytes);
  const segmentId = wire.number();
  const headerId = wire.number();
  const timeNanos = wire.signed();
  const durationNanos = wire.signed();
  const seriesIds = Array.from({ length: wire.number() }, () => wire.number());
  const totals: number[] = [];
  if (withTotals) while (wire.at < wire.end) totals.push(readTotal(wire));
  return { segmentId, headerId, timeNanos, durationNanos, seriesIds, totals };
}

function writeTotal(total: number): void {
  if (Number.isInteger(total) && Math.abs(total) < MAX_AS_VARINT) {
    // Small numbers of either sign are short: 1, -1, 2, -2... become 2, 3, 4, 5.
    out.varint(total > 0 ? 2 * total : 1 - 2 * total);
    return;
  }
  out.varint(AS_DOUBLE);
  const double = Buffer.allocUnsafe(8);
  double.writeDoubleLE(total);
  out.raw(double);
}

function readTotal(wire: Wire): number {
  const written = wire.number();
  if (written !== AS_DOUBLE) return written % 2 === 0 ? written / 2 : (1 - written) / 2;
  const total = wire.buffer.readDoubleLE(wire.at);
  wire.at += 8;
  return total;
}
