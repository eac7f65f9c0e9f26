// pprof from a profile, chunk by chunk, written straight from its columns: a window of 20,000 rows makes no object per row.
// Format: https://github.com/google/pprof/blob/main/proto/profile.proto
import type { Labels } from '../model/labels.ts';
import type { Profile } from '../model/profile.ts';
import { ProtoWriter, varintLength } from './proto-writer.ts';

export interface PprofLimits {
  /** Rows of one chunk. Pyroscope takes 16,000 samples per profile. */
  readonly maxRows: number;
  /** Bytes of one chunk before compression. Pyroscope's burst of 2 MiB must hold it whole. */
  readonly maxRawBytes: number;
}

/** Gives each chunk a time of its own, UNIX ns: of two profiles with equal labels and times Pyroscope keeps one. */
export type ChunkTime = () => bigint;

export interface PprofChunk {
  /** Not compressed. A view of a buffer that is used again: valid only during the call that hands it over. */
  readonly raw: Buffer;
  /** Sum of the counts of its rows. */
  readonly samples: number;
  readonly rows: number;
  readonly timeNanos: bigint;
}

/** Bytes of a frame besides its texts: location, line, function and two string heads, at their longest. */
const FRAME_OVERHEAD_BYTES = 48;
const HEADER_BYTES = 256;

/**
 * Hands over chunk after chunk, and returns the samples of rows that are over `maxRawBytes` alone. Equal profiles give
 * equal bytes. Label sets become string labels of their samples.
 */
export function encodePprof(
  profile: Profile,
  limits: PprofLimits,
  onChunk: (chunk: PprofChunk) => void,
  chunkTime: ChunkTime = () => profile.timeNanos,
): number {
  let tooLargeSamples = 0;
  let chunk = new Chunk(profile);
  const { rows } = profile;
  for (let row = 0; row < rows.length; row++) {
    if (chunk.rows >= limits.maxRows || !chunk.fits(row, limits.maxRawBytes)) {
      if (chunk.rows > 0) {
        onChunk(chunk.finish(chunkTime()));
        chunk = new Chunk(profile);
      }
      if (!chunk.fits(row, limits.maxRawBytes)) {
        tooLargeSamples += rows.counts[row]!;
        continue;
      }
    }
    chunk.add(row);
  }
  if (chunk.rows > 0) onChunk(chunk.finish(chunkTime()));
  return tooLargeSamples;
}

// Used again and again: a writer of its own per label set would be 64 KiB of garbage each.
const profileWriter = new ProtoWriter();
const samplesWriter = new ProtoWriter();
const labelsWriter = new ProtoWriter();
const fieldWriter = new ProtoWriter();

class Chunk {
  rows = 0;
  private samples = 0;
  private readonly profile: Profile;
  private readonly strings = new StringTable();
  /** Location number of each frame, from 1; 0 where this chunk doesn't have it yet. */
  private readonly locations: Uint32Array;
  private readonly frames: number[] = [];
  private readonly labelFields: (Uint8Array | undefined)[] = [];
  private textBytes = HEADER_BYTES;

  constructor(profile: Profile) {
    this.profile = profile;
    this.locations = new Uint32Array(profile.tables.frameCount);
    samplesWriter.reset();
    this.strings.idOf(profile.type);
    this.strings.idOf('nanoseconds');
    this.strings.idOf('cpu');
  }

  /** Whether the chunk with this row stays within the bound. */
  fits(row: number, maxRawBytes: number): boolean {
    const { tables, rows, labelSets } = this.profile;
    const frames = tables.framesOf(rows.stacks[row]!);
    let bytes = frames.length * 3 + 64;
    for (const frame of frames) if (this.locations[frame] === 0) bytes += frameBytes(this.profile, frame);
    const set = rows.labelSets[row]!;
    if (this.labelFields[set] === undefined) bytes += labelBytes(labelSets[set]!);
    else bytes += this.labelFields[set].length;
    return samplesWriter.length + this.textBytes + bytes <= maxRawBytes;
  }

  add(row: number): void {
    const { tables, rows, periodNanos } = this.profile;
    const frames = tables.framesOf(rows.stacks[row]!);
    let idBytes = 0;
    for (const frame of frames) idBytes += varintLength(this.locationOf(frame));
    const labels = this.labelField(rows.labelSets[row]!);
    const count = rows.counts[row]!;
    const value = count * periodNanos;
    const exact = Number.isSafeInteger(value) ? undefined : BigInt(count) * BigInt(periodNanos);
    const valueBytes = exact === undefined ? varintLength(value) : bigVarintLength(exact);
    const out = samplesWriter;
    out.head(2, 1 + varintLength(idBytes) + idBytes + 2 + valueBytes + labels.length);
    out.head(1, idBytes);
    for (const frame of frames) out.varint(this.locations[frame]!);
    out.head(2, valueBytes);
    if (exact === undefined) out.varint(value);
    else out.bigVarint(exact);
    out.raw(labels);
    this.rows += 1;
    this.samples += count;
  }

  finish(timeNanos: bigint): PprofChunk {
    const { type, durationNanos, periodNanos } = this.profile;
    const out = profileWriter;
    out.reset();
    out.bytes(1, this.valueType(type));
    out.raw(samplesWriter.view());
    // Pyroscope attaches sources to mappings; the samples of a profile without one show no file and line.
    fieldWriter.reset();
    fieldWriter.number(1, 1);
    fieldWriter.number(7, 1);
    out.bytes(3, fieldWriter.view());
    this.writeFrames(out);
    this.strings.write(out);
    out.bigNumber(9, timeNanos);
    out.bigNumber(10, durationNanos);
    // The period type is cpu for wall time, too: thus Pyroscope maps its own text format, and both ways of delivery agree.
    out.bytes(11, this.valueType('cpu'));
    out.number(12, periodNanos);
    return { raw: out.view(), samples: this.samples, rows: this.rows, timeNanos };
  }

  private locationOf(frame: number): number {
    const known = this.locations[frame]!;
    if (known !== 0) return known;
    this.textBytes += frameBytes(this.profile, frame);
    const location = this.frames.push(frame);
    this.locations[frame] = location;
    return location;
  }

  private labelField(set: number): Uint8Array {
    const known = this.labelFields[set];
    if (known !== undefined) return known;
    const labels = this.profile.labelSets[set]!;
    this.textBytes += labelBytes(labels);
    const out = labelsWriter;
    out.reset();
    for (const [name, value] of labels) {
      fieldWriter.reset();
      fieldWriter.number(1, this.strings.idOf(name));
      fieldWriter.number(2, this.strings.idOf(value));
      out.bytes(3, fieldWriter.view());
    }
    const field = out.copy();
    this.labelFields[set] = field;
    return field;
  }

  private valueType(type: string): Uint8Array {
    fieldWriter.reset();
    fieldWriter.number(1, this.strings.idOf(type));
    fieldWriter.number(2, this.strings.idOf('nanoseconds'));
    return fieldWriter.copy();
  }

  private writeFrames(out: ProtoWriter): void {
    const { names, files, lines } = this.profile.tables;
    const functions = new Map<string, number>();
    const firstFrames: number[] = [];
    this.frames.forEach((frame, i) => {
      const key = `${names[frame]!}\u0000${files[frame]!}`;
      let id = functions.get(key);
      if (id === undefined) {
        id = firstFrames.push(frame);
        functions.set(key, id);
      }
      const line = lines[frame]!;
      const lineBytes = 1 + varintLength(id) + (line === 0 ? 0 : 1 + varintLength(line));
      out.head(4, 1 + varintLength(i + 1) + 2 + 1 + varintLength(lineBytes) + lineBytes);
      out.number(1, i + 1);
      out.number(2, 1);
      out.head(4, lineBytes);
      out.number(1, id);
      out.number(2, line);
    });
    firstFrames.forEach((frame, i) => {
      const name = this.strings.idOf(names[frame]!);
      fieldWriter.reset();
      fieldWriter.number(1, i + 1);
      fieldWriter.number(2, name);
      fieldWriter.number(3, name);
      fieldWriter.number(4, this.strings.idOf(files[frame]!));
      out.bytes(5, fieldWriter.view());
    });
  }
}

class StringTable {
  private readonly ids = new Map<string, number>([['', 0]]);

  idOf(text: string): number {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.ids.size;
      this.ids.set(text, id);
    }
    return id;
  }

  write(out: ProtoWriter): void {
    for (const text of this.ids.keys()) out.text(6, text);
  }
}

/** At most three bytes of UTF-8 per UTF-16 unit; names are mostly ASCII, so the true size is asked for. */
function frameBytes({ tables }: Profile, frame: number): number {
  return (
    Buffer.byteLength(tables.names[frame]!) + Buffer.byteLength(tables.files[frame]!) + FRAME_OVERHEAD_BYTES
  );
}

function labelBytes(labels: Labels): number {
  let bytes = 0;
  for (const [name, value] of labels) bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 32;
  return bytes;
}

function bigVarintLength(value: bigint): number {
  let bytes = 1;
  for (let left = value >> 7n; left > 0n; left >>= 7n) bytes += 1;
  return bytes;
}
