// Decoder of the sample stream that the bundled samplers speak; docs/sample-stream.md is its specification.
import type { SampleSink } from '../model/sample-sink.ts';
import { StackTables } from '../model/stack-tables.ts';
import type { Dialect } from './dialect.ts';
import { MAX_RECORD_BYTES } from './dialect.ts';
import { MetaTable } from './meta-table.ts';
import { streamCounters } from './stream-facts.ts';
import type { MessageLevel, StreamCounter, StreamListener } from './stream-facts.ts';
import { StreamTables } from './stream-tables.ts';
import { FieldError, FieldReader } from '../model/field-reader.ts';

export const STREAM_MAGIC = Buffer.from([0x89, 0x53, 0x42, 0x53]);
export const STREAM_VERSION = 1;

const levels: readonly MessageLevel[] = ['debug', 'info', 'warn', 'error'];

export interface SampleStreamOptions {
  readonly keepEntrypointName: boolean;
  readonly listener: StreamListener;
}

export class SampleStream implements Dialect {
  private readonly sink: SampleSink;
  private readonly options: SampleStreamOptions;
  private readonly fields = new FieldReader();
  private streamTables = new StreamTables();
  private tables = new StackTables();
  private metas = new MetaTable();
  private isOpen = false;
  /** Another version, or not a stream at all: everything is passed over. */
  private isRefused = false;
  private bytesToSkip = 0;

  constructor(sink: SampleSink, options: SampleStreamOptions) {
    this.sink = sink;
    this.options = options;
    this.restartEpoch();
  }

  restartEpoch(): void {
    this.tables = new StackTables();
    this.metas = new MetaTable();
    this.streamTables.forgetEpoch();
    this.sink.startEpoch({ tables: this.tables, metas: this.metas.metas });
  }

  consume(buffer: Buffer, start: number, end: number): number {
    let at = start;
    if (!this.isOpen) {
      if (end - at < STREAM_MAGIC.length) return 0;
      this.open(buffer.subarray(at, at + STREAM_MAGIC.length));
      at += STREAM_MAGIC.length;
    }
    while (at < end) {
      if (this.isRefused) return end - start;
      if (this.bytesToSkip > 0) {
        const skipped = Math.min(this.bytesToSkip, end - at);
        this.bytesToSkip -= skipped;
        at += skipped;
        continue;
      }
      const next = this.readFrameAt(buffer, at, end);
      if (next < 0) break;
      at = next;
    }
    return Math.min(at, end) - start;
  }

  finish(_buffer: Buffer, start: number, end: number): void {
    if (end > start) this.options.listener.trouble('The sample stream ended in the middle of a frame.');
  }

  /** Never needed: the length of a frame is known before its end, and long ones are skipped by it. */
  overflow(_buffer: Buffer, start: number, end: number): number {
    return end - start;
  }

  private open(magic: Buffer): void {
    this.isOpen = true;
    if (!magic.equals(STREAM_MAGIC)) this.refuse('The output of the sampler is not a sample stream.');
  }

  private refuse(sentence: string): void {
    this.isRefused = true;
    this.options.listener.trouble(sentence);
  }

  /** Position behind the frame, or -1 where it is not whole yet. */
  private readFrameAt(buffer: Buffer, start: number, end: number): number {
    let length = 0;
    let at = start;
    for (let shift = 0; ; shift += 7) {
      if (at >= end) return -1;
      const byte = buffer[at++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
      if (shift >= 42) {
        this.refuse('The sample stream is damaged: a frame has no sane length.');
        return end;
      }
    }
    if (length > MAX_RECORD_BYTES) {
      this.options.listener.trouble(`The sample stream has a frame of ${length} bytes; it was skipped.`);
      this.bytesToSkip = length;
      return at;
    }
    if (at + length > end) return -1;
    if (length > 0) this.readFrame(buffer, at, at + length);
    return at + length;
  }

  private readFrame(buffer: Buffer, start: number, end: number): void {
    this.fields.reset(buffer, start + 1, end);
    const type = buffer[start]!;
    try {
      if (type === 0x08) this.readSample();
      else this.readOther(type);
    } catch (error) {
      // The one place where input is allowed to throw: fields are read in dozens of places, each may run over its end.
      if (!(error instanceof FieldError)) throw error;
      if (type === 0x08) this.sink.drop('malformed', 1);
      this.options.listener.trouble(`The sample stream is damaged: ${error.message}.`);
    }
  }

  private readSample(): void {
    if (this.tables.isFull || this.metas.isFull) this.restartEpoch();
    const node = this.fields.varint();
    const meta = this.fields.varint();
    this.fields.varint();
    const weight = this.fields.isAtEnd ? 1 : this.fields.varint();
    const stack = this.streamTables.stackIn(this.tables, node, this.options.keepEntrypointName);
    this.sink.take(stack, this.streamTables.metaIn(this.metas, meta, this.sink.wantedMetaKeys), weight);
  }

  private readOther(type: number): void {
    const { fields, streamTables: tables } = this;
    const { listener } = this.options;
    switch (type) {
      case 0x01:
        this.readHello();
        break;
      case 0x02:
        tables.addString(fields.varint(), fields.rest());
        break;
      case 0x03:
        tables.addFrame(fields.varint(), fields.varint(), fields.varint(), fields.varint());
        break;
      case 0x04:
        tables.addStack(fields.varint(), fields.varint(), fields.varint());
        break;
      case 0x05:
        this.readMeta();
        break;
      case 0x09:
        this.readStats();
        break;
      case 0x0a:
        listener.message(levels[fields.varint()] ?? 'error', fields.text(), fields.text());
        break;
      case 0x0b:
        this.streamTables = new StreamTables();
        this.restartEpoch();
        break;
      case 0x0c:
        listener.bye(fields.text(), fields.text());
        break;
      default:
        // PROCESS and TIME are of no use here: windows go by arrival. Unknown types belong to newer versions.
        break;
    }
  }

  private readHello(): void {
    const { fields } = this;
    const version = fields.varint();
    if (version !== STREAM_VERSION) {
      this.refuse(
        `The sampler speaks version ${version} of the sample stream, this program version ${STREAM_VERSION}.`,
      );
      return;
    }
    const pid = fields.varint();
    fields.varint();
    fields.u64();
    fields.u64();
    const rateHz = fields.varint() / 1_000;
    const type = fields.varint() === 1 ? 'cpu' : 'wall';
    this.options.listener.hello({
      version,
      pid,
      rateHz,
      type,
      samplerName: fields.text(),
      samplerVersion: fields.text(),
    });
  }

  private readMeta(): void {
    const { fields } = this;
    const id = fields.varint();
    const count = fields.varint();
    const pairs: [number, number][] = [];
    // Each pair takes two bytes at least, so a lying count ends with the frame.
    for (let i = 0; i < count; i++) pairs.push([fields.varint(), fields.varint()]);
    this.streamTables.addMeta(id, pairs);
  }

  private readStats(): void {
    const { fields } = this;
    const stats = new Map<StreamCounter, number>();
    for (let left = fields.varint(); left > 0; left--) {
      const name = streamCounters[fields.varint() - 1];
      const value = fields.varint();
      if (name !== undefined) stats.set(name, value);
    }
    this.options.listener.stats(stats);
  }
}
