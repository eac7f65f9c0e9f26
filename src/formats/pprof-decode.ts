// pprof to a profile, ours and foreign ones, within bounds: nothing in a file can make it throw anything but a sentence.
// Format: https://github.com/google/pprof/blob/main/proto/profile.proto
import { gunzipSync } from 'node:zlib';
import { SpybridgeError } from '../model/errors.ts';
import { FieldError } from '../model/field-reader.ts';
import type { Label, Labels } from '../model/labels.ts';
import { labelsKey, makeLabels } from '../model/labels.ts';
import type { Profile } from '../model/profile.ts';
import { MAX_STACK_DEPTH, StackTables } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { MAX_PPROF_NUMBERS, readPprofMessages } from './pprof-messages.ts';
import type { PprofMessages } from './pprof-messages.ts';

/** Bytes after decompression; Pyroscope's own limit of a profile is 4 MiB, other tools write more. */
export const MAX_PPROF_BYTES = 268_435_456;

/** Reads gzipped or plain pprof. Throws SpybridgeError('bad_input'). */
export function decodePprof(bytes: Uint8Array, maxBytes: number = MAX_PPROF_BYTES): Profile {
  const raw = decompress(bytes, maxBytes);
  try {
    return toProfile(readPprofMessages(raw));
  } catch (error) {
    if (error instanceof FieldError) throw refused(error.message, error);
    throw error;
  }
}

function decompress(bytes: Uint8Array, maxBytes: number): Buffer {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) {
    if (bytes.length > maxBytes) throw refused(`it has ${bytes.length} bytes, more than ${maxBytes}`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw refused(
      error instanceof RangeError ? `it has more than ${maxBytes} bytes unpacked` : 'its gzip is damaged',
      error,
    );
  }
}

function refused(reason: string, cause?: unknown): SpybridgeError {
  return new SpybridgeError('bad_input', `This is not a usable pprof profile: ${reason}.`, {
    hint: 'Give a profile.proto file, gzipped or plain.',
    cause,
  });
}

function toProfile(messages: PprofMessages): Profile {
  const text = (id: number): string => {
    const found = messages.strings[id];
    if (found === undefined) throw new FieldError('a string is missing');
    return found;
  };
  const column = valueColumn(messages, text);
  const builder = new RowBuilder(messages, text);
  const scale = column.isTime ? Math.max(1, messages.period) : 1;
  for (const sample of messages.samples) {
    const value = sample.values[column.index] ?? 0;
    if (value > 0) builder.add(sample, Math.max(1, Math.round(value / scale)));
  }
  const { labelSets, tables, rows } = builder;
  return {
    type: column.type === 'cpu' ? 'cpu' : 'wall',
    periodNanos: column.isTime ? scale : 10_000_000,
    timeNanos: messages.timeNanos,
    durationNanos: messages.durationNanos,
    tables,
    labelSets,
    rows: { length: rows.counts.length, ...rows },
  };
}

interface ValueColumn {
  readonly index: number;
  readonly type: string;
  /** Values are nanoseconds; else counts. */
  readonly isTime: boolean;
}

/** The value that is shown: nanoseconds if there are any, else the last, which is pprof's default. */
function valueColumn({ sampleTypes }: PprofMessages, text: (id: number) => string): ValueColumn {
  if (sampleTypes.length === 0) throw new FieldError('it has no sample type');
  const time = sampleTypes.findIndex(([, unit]) => text(unit) === 'nanoseconds');
  const index = time >= 0 ? time : sampleTypes.length - 1;
  return { index, type: text(sampleTypes[index]![0]), isTime: time >= 0 };
}

class RowBuilder {
  readonly tables = new StackTables();
  readonly labelSets: Labels[] = [];
  readonly rows: { stacks: number[]; labelSets: number[]; counts: number[] } = {
    stacks: [],
    labelSets: [],
    counts: [],
  };
  private readonly messages: PprofMessages;
  private readonly text: (id: number) => string;
  private cells = 0;
  private readonly framesOfLocation = new Map<number, readonly number[]>();
  private readonly frameIds = new Map<string, number>();
  private readonly stackIds = new Map<string, number>();
  private readonly setIds = new Map<string, number>();
  private readonly rowOf = new Map<string, number>();

  constructor(messages: PprofMessages, text: (id: number) => string) {
    this.messages = messages;
    this.text = text;
  }

  add(sample: PprofMessages['samples'][number], count: number): void {
    const stack = this.stackOf(sample.locations);
    const set = this.setOf(sample.labels);
    const key = `${stack},${set}`;
    const known = this.rowOf.get(key);
    if (known !== undefined) {
      this.rows.counts[known]! += count;
      return;
    }
    this.rowOf.set(key, this.rows.counts.push(count) - 1);
    this.rows.stacks.push(stack);
    this.rows.labelSets.push(set);
  }

  private stackOf(locations: readonly number[]): number {
    const key = locations.join(',');
    let stack = this.stackIds.get(key);
    if (stack === undefined) {
      const frames: number[] = [];
      for (const location of locations) {
        const inlined = this.framesOf(location);
        if (frames.length + inlined.length > MAX_STACK_DEPTH)
          throw new FieldError(`a stack has more than ${MAX_STACK_DEPTH} frames`);
        for (const frame of inlined) frames.push(frame);
      }
      this.cells += frames.length;
      if (this.cells > MAX_PPROF_NUMBERS)
        throw new FieldError(`its stacks have more than ${MAX_PPROF_NUMBERS} frames`);
      stack = this.tables.addStack(frames, frames.length);
      this.stackIds.set(key, stack);
    }
    return stack;
  }

  /** A location has several lines where functions were inlined; the first is the innermost. */
  private framesOf(location: number): readonly number[] {
    const known = this.framesOfLocation.get(location);
    if (known !== undefined) return known;
    const frames = this.readLocation(location);
    this.framesOfLocation.set(location, frames);
    return frames;
  }

  private readLocation(location: number): number[] {
    const lines = this.messages.locations.get(location);
    if (lines === undefined) throw new FieldError('a location is missing');
    if (lines.length === 0) return [this.frameOf(`0x${location.toString(16)}`, '', 0)];
    return lines.map(({ functionId, line }) => {
      const fn = this.messages.functions.get(functionId);
      if (fn === undefined) throw new FieldError('a function is missing');
      return this.frameOf(cleanText(this.text(fn.name)), cleanText(this.text(fn.file)), line);
    });
  }

  private frameOf(name: string, file: string, line: number): number {
    const key = `${name}\u0000${file}\u0000${line}`;
    let frame = this.frameIds.get(key);
    if (frame === undefined) {
      frame = this.tables.addFrame(name, file, line);
      this.frameIds.set(key, frame);
    }
    return frame;
  }

  private setOf(labels: readonly (readonly [number, number])[]): number {
    const set = makeLabels(labels.map(([name, value]): Label => [this.text(name), this.text(value)]));
    const key = labelsKey(set);
    let id = this.setIds.get(key);
    if (id === undefined) {
      id = this.labelSets.push(set) - 1;
      this.setIds.set(key, id);
    }
    return id;
  }
}
