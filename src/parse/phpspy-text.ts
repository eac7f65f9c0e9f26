// phpspy's text: frame lines from the leaf to the root, `# key = value` lines, an empty line after each trace.
// A trace whose bytes were seen before costs one hash and two look-ups; only new ones are read line by line.
import type { DropReason, SampleSink } from '../model/sample-sink.ts';
import { MAX_STACK_DEPTH, StackTables } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { ByteHash } from './byte-hash.ts';
import type { Dialect } from './dialect.ts';
import { nameFrame, MAIN } from './frame-name.ts';
import { ABSENT, HashTable } from './hash-table.ts';
import { isInnerMeta, PhpspyMeta } from './phpspy-meta.ts';
import { readFrameText } from './phpspy-line.ts';

const NEWLINE = 10;
const HASH = 35;
const SPACE = 32;
const DIGIT_0 = 48;
const DIGIT_9 = 57;
const END_OF_TRACE = Buffer.from('\n\n');

export interface PhpspyTextOptions {
  readonly keepEntrypointName: boolean;
}

type Broken = Extract<DropReason, 'torn' | 'malformed' | 'too_deep'>;

export class PhpspyText implements Dialect {
  private readonly sink: SampleSink;
  private readonly options: PhpspyTextOptions;
  private readonly hash = new ByteHash();
  private readonly depthFrames = new Uint32Array(MAX_STACK_DEPTH);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private tables = new StackTables();
  private metas = new PhpspyMeta(new Set());
  private stackIds = new HashTable(4_096);
  private frameIds = new HashTable(4_096);
  private isSkipping = false;
  /** Fact lines between the frames of the trace at hand. */
  private innerLines: string[] = [];

  constructor(sink: SampleSink, options: PhpspyTextOptions) {
    this.sink = sink;
    this.options = options;
    this.restartEpoch();
  }

  restartEpoch(): void {
    this.tables = new StackTables();
    this.metas = new PhpspyMeta(this.sink.wantedMetaKeys);
    this.stackIds = new HashTable(4_096);
    this.frameIds = new HashTable(4_096);
    this.sink.startEpoch({ tables: this.tables, metas: this.metas.table.metas });
  }

  consume(buffer: Buffer, start: number, end: number): number {
    if (this.view.buffer !== buffer.buffer) this.view = new DataView(buffer.buffer, buffer.byteOffset);
    let at = start;
    for (;;) {
      // The other half of an end, or more empty lines than one.
      while (at < end && buffer[at] === NEWLINE) at += 1;
      const close = buffer.indexOf(END_OF_TRACE, at);
      if (close < 0 || close + 2 > end) return at - start;
      if (this.isSkipping) this.isSkipping = false;
      else this.readTrace(buffer, at, close);
      at = close + 2;
    }
  }

  overflow(buffer: Buffer, start: number, end: number): number {
    if (!this.isSkipping) this.sink.drop('too_long', 1);
    this.isSkipping = true;
    // The last byte may be the first half of the end that is waited for.
    return buffer[end - 1] === NEWLINE ? end - start - 1 : end - start;
  }

  finish(buffer: Buffer, start: number, end: number): void {
    if (this.isSkipping || end <= start) return;
    const isWholeLine = buffer[end - 1] === NEWLINE;
    const lines = buffer.toString('latin1', start, end).split('\n');
    const root = lines.findLast((line) => line !== '' && !line.startsWith('#')) ?? '';
    // Without its empty line a trace may have lost its end: only one that reached the root is surely whole.
    if (isWholeLine && root.includes(` ${MAIN} `)) this.readTrace(buffer, start, end - 1);
    else this.sink.drop('torn', 1);
  }

  private readTrace(buffer: Buffer, start: number, end: number): void {
    if (this.tables.isFull || this.metas.table.isFull) this.restartEpoch();
    const framesEnd = findFramesEnd(buffer, start, end);
    if (framesEnd <= start) {
      this.sink.drop('malformed', 1);
      return;
    }
    this.innerLines = [];
    const stack = this.findStack(buffer, start, framesEnd);
    const meta = this.metas.resolve(buffer, framesEnd + 1, end, this.innerLines);
    if (typeof stack === 'string') this.sink.drop(stack, 1);
    else if (meta === 'torn') this.sink.drop(meta, 1);
    else this.sink.take(stack, meta, 1);
  }

  private findStack(buffer: Buffer, start: number, end: number): number | Broken {
    this.hash.update(this.view, start, end);
    const { high, low } = this.hash;
    const known = this.stackIds.get(high, low);
    if (known !== ABSENT) return known;
    const added = this.addStack(buffer, start, end);
    // Frames with facts between them are read anew each time, since the facts are part of the hashed bytes.
    if (typeof added === 'number' && this.innerLines.length === 0) this.stackIds.put(high, low, added);
    return added;
  }

  /** Reads frame lines; their indexes must run 0, 1, 2...: a jump is the sign of two writers on one pipe. */
  private addStack(buffer: Buffer, start: number, end: number): number | Broken {
    let depth = 0;
    for (let at = start; at < end;) {
      const newline = buffer.indexOf(NEWLINE, at);
      const lineEnd = newline < 0 || newline > end ? end : newline;
      if (buffer[at] === HASH) {
        const line = buffer.toString('utf8', at, lineEnd);
        if (!isInnerMeta(line)) return 'torn';
        this.innerLines.push(line);
      } else {
        const textStart = skipIndex(buffer, at, lineEnd, depth);
        if (textStart < 0) return textStart === TORN ? 'torn' : 'malformed';
        if (depth >= MAX_STACK_DEPTH) return 'too_deep';
        const frame = this.frameAt(buffer, textStart, lineEnd);
        if (frame < 0) return 'malformed';
        this.depthFrames[depth++] = frame;
      }
      at = lineEnd + 1;
    }
    return depth === 0 ? 'malformed' : this.tables.addStack(this.depthFrames, depth);
  }

  private frameAt(buffer: Buffer, start: number, end: number): number {
    this.hash.update(this.view, start, end);
    const { high, low } = this.hash;
    const known = this.frameIds.get(high, low);
    if (known !== ABSENT) return known;
    const text = readFrameText(buffer.toString('utf8', start, end));
    if (text === undefined) return ABSENT;
    const file = cleanText(text.file);
    const name = nameFrame(text.name, file, this.options.keepEntrypointName);
    const frame = this.tables.addFrame(name, file, text.line);
    this.frameIds.put(high, low, frame);
    return frame;
  }
}

const TORN = -2;
const MALFORMED = -1;

/** Where the text behind the index `expected` starts; TORN where another index stands, MALFORMED where none does. */
function skipIndex(buffer: Buffer, start: number, end: number, expected: number): number {
  let index = 0;
  let at = start;
  for (let digits = 0; at < end && digits < 6; digits++, at++) {
    const byte = buffer[at]!;
    if (byte < DIGIT_0 || byte > DIGIT_9) break;
    index = index * 10 + byte - DIGIT_0;
  }
  if (at === start || buffer[at] !== SPACE) return MALFORMED;
  return index === expected ? at + 1 : TORN;
}

/** End of the frame lines: where the `#` lines at the end of the trace begin (the newline before them), or its end. */
function findFramesEnd(buffer: Buffer, start: number, end: number): number {
  let framesEnd = end;
  for (;;) {
    const newline = buffer.lastIndexOf(NEWLINE, framesEnd - 1);
    const lineStart = newline < start ? start : newline + 1;
    if (buffer[lineStart] !== HASH) return framesEnd;
    if (lineStart === start) return start;
    framesEnd = newline;
  }
}
