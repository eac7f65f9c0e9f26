// The numbered tables of a sample stream and their lazy translation into the ids of our own epoch.
import type { Meta } from '../model/sample-sink.ts';
import { MAX_STACK_DEPTH, StackTables } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { nameFrame } from './frame-name.ts';
import { MetaTable } from './meta-table.ts';
import { FieldError } from '../model/field-reader.ts';

/** Most entries per table; docs/sample-stream.md makes writers start an epoch before. */
export const MAX_ENTRIES = 65_536;
export const MAX_NODES = 1_048_576;
/** UTF-16 units of all strings between two EPOCH frames. */
export const MAX_STRING_UNITS = 16_777_216;

const UNKNOWN = -1;

interface StreamFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export class StreamTables {
  private readonly strings: string[] = [''];
  private readonly frames: (StreamFrame | undefined)[] = [undefined];
  private readonly metaLists: (readonly Meta[])[] = [[]];
  private stringUnits = 0;
  private nodeCount = 1;
  private parents = new Uint32Array(4_096);
  private nodeFrames = new Uint32Array(4_096);
  private stackOfNode = new Int32Array(4_096).fill(UNKNOWN);
  private readonly frameOfFrame: number[] = [];
  private readonly metaOfMeta: number[] = [];
  private readonly leafFirst = new Uint32Array(MAX_STACK_DEPTH);

  addString(id: number, text: string): void {
    requireNext(id, this.strings.length, MAX_ENTRIES);
    this.stringUnits += text.length;
    if (this.stringUnits > MAX_STRING_UNITS) throw new FieldError('too many strings without an epoch');
    this.strings.push(text);
  }

  addFrame(id: number, functionId: number, fileId: number, line: number): void {
    requireNext(id, this.frames.length, MAX_ENTRIES);
    this.frames.push({ name: this.string(functionId), file: cleanText(this.string(fileId)), line });
  }

  addStack(id: number, parent: number, frame: number): void {
    requireNext(id, this.nodeCount, MAX_NODES);
    if (parent >= id || frame === 0 || frame >= this.frames.length)
      throw new FieldError('a stack names what is not there');
    if (id >= this.parents.length) this.growNodes();
    this.parents[id] = parent;
    this.nodeFrames[id] = frame;
    this.stackOfNode[id] = UNKNOWN;
    this.nodeCount += 1;
  }

  addMeta(id: number, pairs: readonly (readonly [key: number, value: number])[]): void {
    requireNext(id, this.metaLists.length, MAX_ENTRIES);
    this.metaLists.push(pairs.map(([key, value]): Meta => [this.string(key), this.string(value)]));
  }

  /** Forgets what was translated: the epoch behind it is gone. The stream's own numbers stay valid. */
  forgetEpoch(): void {
    this.stackOfNode.fill(UNKNOWN, 0, this.nodeCount);
    this.frameOfFrame.length = 0;
    this.metaOfMeta.length = 0;
  }

  /** Our stack id of a stream stack. */
  stackIn(tables: StackTables, node: number, keepEntrypointName: boolean): number {
    if (node === 0 || node >= this.nodeCount)
      throw new FieldError('a sample names a stack that is not there');
    const known = this.stackOfNode[node]!;
    if (known !== UNKNOWN) return known;
    let depth = 0;
    // Parents are always smaller numbers, so this ends.
    for (let at = node; at !== 0; at = this.parents[at]!) {
      if (depth >= MAX_STACK_DEPTH) throw new FieldError('a stack is too deep');
      this.leafFirst[depth++] = this.frameIn(tables, this.nodeFrames[at]!, keepEntrypointName);
    }
    const stack = tables.addStack(this.leafFirst, depth);
    this.stackOfNode[node] = stack;
    return stack;
  }

  /** Our meta id of a stream meta. */
  metaIn(table: MetaTable, meta: number, wanted: ReadonlySet<string>): number {
    if (meta === 0) return 0;
    const known = this.metaOfMeta[meta];
    if (known !== undefined) return known;
    const list = this.metaLists[meta];
    if (list === undefined) throw new FieldError('a sample names a meta that is not there');
    const id = table.intern(list.filter(([key]) => wanted.has(key)));
    this.metaOfMeta[meta] = id;
    return id;
  }

  private frameIn(tables: StackTables, frame: number, keepEntrypointName: boolean): number {
    const known = this.frameOfFrame[frame];
    if (known !== undefined) return known;
    const { name, file, line } = this.frames[frame]!;
    const id = tables.addFrame(nameFrame(name, file, keepEntrypointName), file, line);
    this.frameOfFrame[frame] = id;
    return id;
  }

  private string(id: number): string {
    const text = this.strings[id];
    if (text === undefined) throw new FieldError('a definition names a string that is not there');
    return text;
  }

  private growNodes(): void {
    const size = this.parents.length * 2;
    this.parents = grown(this.parents, new Uint32Array(size));
    this.nodeFrames = grown(this.nodeFrames, new Uint32Array(size));
    this.stackOfNode = grown(this.stackOfNode, new Int32Array(size).fill(UNKNOWN));
  }
}

function grown<T extends Uint32Array | Int32Array>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}

function requireNext(id: number, next: number, limit: number): void {
  if (id !== next) throw new FieldError('an id is not the next of its table');
  if (id >= limit) throw new FieldError('a table is full and no epoch was started');
}
