// Folded stacks as any program may print them: `root;caller;leaf COUNT` per line.
import type { SampleSink } from '../model/sample-sink.ts';
import { MAX_STACK_DEPTH, StackTables } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { ByteHash } from './byte-hash.ts';
import type { Dialect } from './dialect.ts';
import { MAIN } from './frame-name.ts';
import { ABSENT, HashTable } from './hash-table.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

export class FoldedText implements Dialect {
  private readonly sink: SampleSink;
  private readonly hash = new ByteHash();
  private readonly leafFirst = new Uint32Array(MAX_STACK_DEPTH);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private tables = new StackTables();
  private stackIds = new HashTable(4_096);
  private frameIds = new Map<string, number>();
  private isSkipping = false;

  constructor(sink: SampleSink) {
    this.sink = sink;
    this.restartEpoch();
  }

  restartEpoch(): void {
    this.tables = new StackTables();
    this.stackIds = new HashTable(4_096);
    this.frameIds = new Map();
    this.sink.startEpoch({ tables: this.tables, metas: [[]] });
  }

  consume(buffer: Buffer, start: number, end: number): number {
    if (this.view.buffer !== buffer.buffer) this.view = new DataView(buffer.buffer, buffer.byteOffset);
    let at = start;
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, at);
      if (newline < 0 || newline >= end) return at - start;
      if (this.isSkipping) this.isSkipping = false;
      else this.readLine(buffer, at, newline);
      at = newline + 1;
    }
  }

  overflow(_buffer: Buffer, start: number, end: number): number {
    if (!this.isSkipping) this.sink.drop('too_long', 1);
    this.isSkipping = true;
    return end - start;
  }

  finish(buffer: Buffer, start: number, end: number): void {
    // A last line without its newline may have lost digits of its count.
    if (end > start && !this.isSkipping) this.readLast(buffer, start, end);
  }

  private readLast(buffer: Buffer, start: number, end: number): void {
    if (buffer.toString('latin1', start, end).trim() !== '') this.sink.drop('torn', 1);
  }

  private readLine(buffer: Buffer, start: number, newline: number): void {
    let end = newline;
    while (end > start && (buffer[end - 1] === RETURN || buffer[end - 1] === SPACE)) end -= 1;
    if (end === start) return;
    const space = buffer.lastIndexOf(SPACE, end - 1);
    const weight = space > start ? Number(buffer.toString('latin1', space + 1, end)) : NaN;
    if (!Number.isSafeInteger(weight) || weight <= 0) {
      this.sink.drop('malformed', 1);
      return;
    }
    if (this.tables.isFull) this.restartEpoch();
    this.hash.update(this.view, start, space);
    const { high, low } = this.hash;
    let stack = this.stackIds.get(high, low);
    if (stack === ABSENT) {
      stack = this.addStack(buffer.toString('utf8', start, space));
      if (stack === ABSENT) {
        this.sink.drop('too_deep', weight);
        return;
      }
      this.stackIds.put(high, low, stack);
    }
    this.sink.take(stack, 0, weight);
  }

  private addStack(text: string): number {
    const names = text.split(';');
    if (names.length > MAX_STACK_DEPTH) return ABSENT;
    for (let i = 0; i < names.length; i++) this.leafFirst[names.length - 1 - i] = this.frameOf(names[i]!);
    return this.tables.addStack(this.leafFirst, names.length);
  }

  private frameOf(name: string): number {
    const known = this.frameIds.get(name);
    if (known !== undefined) return known;
    const clean = cleanText(name);
    const frame = this.tables.addFrame(clean, fileIn(clean), 0);
    this.frameIds.set(name, frame);
    return frame;
  }
}

/** The file that a folded frame names: `<main> FILE`, or a bare PHP file as Excimer writes it. */
function fileIn(name: string): string {
  if (name.startsWith(`${MAIN} `)) return name.slice(MAIN.length + 1);
  return name.endsWith('.php') ? name : '';
}
