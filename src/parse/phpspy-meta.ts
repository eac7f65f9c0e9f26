// The `# key = value` lines of phpspy's text: which of them are wanted, and what id a trace's facts have.
import type { Meta } from '../model/sample-sink.ts';
import { MetaTable } from './meta-table.ts';

/** Meta blocks kept by their exact text; more only cost their parsing. */
const MAX_BLOCKS = 20_000;

/** A fact may stand twice in one trace only where phpspy peeks at a variable on several frames. */
const REPEATABLE = 'varpeek ';

export type MetaResult = number | 'torn';

export class PhpspyMeta {
  readonly table = new MetaTable();
  private readonly blocks = new Map<string, number>();
  private readonly wanted: ReadonlySet<string>;

  constructor(wanted: ReadonlySet<string>) {
    this.wanted = wanted;
  }

  /**
   * Id of the facts in `block` (the lines behind the frames) and in `inner` (lines between the frames);
   * `torn` where a fact of a request stands twice: two writers shared the pipe.
   */
  resolve(buffer: Buffer, start: number, end: number, inner: readonly string[]): MetaResult {
    if (inner.length > 0) return this.read([...inner, ...splitLines(buffer, start, end)]).id;
    const block = start < end ? buffer.toString('latin1', start, end) : '';
    const known = this.blocks.get(block);
    if (known !== undefined) return known;
    const { id, isAllWanted } = this.read(splitLines(buffer, start, end));
    // A block with unwanted facts (time stamps, memory) is new in each trace and would only push out the others.
    if (id !== 'torn' && isAllWanted && this.blocks.size < MAX_BLOCKS) this.blocks.set(block, id);
    return id;
  }

  private read(lines: readonly string[]): { id: MetaResult; isAllWanted: boolean } {
    const pairs: Meta[] = [];
    const seen = new Set<string>();
    let isAllWanted = true;
    for (const line of lines) {
      const key = keyOf(line);
      if (seen.has(key) && !key.startsWith(REPEATABLE)) return { id: 'torn', isAllWanted };
      seen.add(key);
      if (this.wanted.has(key)) pairs.push([key, line.slice(key.length + 5)]);
      else isAllWanted = false;
    }
    return { id: this.table.intern(pairs), isAllWanted };
  }
}

/** `# varpeek NAME@FILE:LINE = value` is the only kind of line that phpspy prints between frames. */
export function isInnerMeta(line: string): boolean {
  return line.startsWith('# varpeek ');
}

/** The key of `# key = value`, or all of a line of another form. */
function keyOf(line: string): string {
  const equals = line.indexOf(' = ');
  return line.slice(2, equals < 0 ? undefined : equals);
}

function splitLines(buffer: Buffer, start: number, end: number): string[] {
  return start < end ? buffer.toString('utf8', start, end).split('\n') : [];
}
