// The texts that Pyroscope's /ingest takes: `root;caller;leaf COUNT` per line (folded), and a stack per line (lines). What it loses
// there without a word is an error here, with the number of the line.
import { MAX_STACK_DEPTH } from '../model/stack-tables.ts';
import type { CountMeaning } from './pprof/build.ts';
import { PprofBuilder } from './pprof/build.ts';
import type { Pprof } from './pprof/pprof.ts';
import { over, PprofError } from './pprof/wire.ts';

/** Bytes of a line with its end. Pyroscope stops reading at a longer one. */
export const MAX_TEXT_LINE_BYTES = 65_536;
/** A profile of ten seconds has some thousand; reading millions would hold others up for seconds. */
export const MAX_TEXT_LINES = 1_048_576;
const SHOWN_LENGTH = 40;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Equal stacks are added up, empty lines and counts of 0 mean nothing. Throws PprofError. */
export function decodeFoldedText(body: Uint8Array, meaning: CountMeaning): Pprof {
  const stacks = new TextStacks();
  eachLine(body, (line, number) => {
    const space = line.lastIndexOf(' ');
    if (space < 0) throw new PprofError(`line ${number}: there is no count behind the stack`);
    stacks.add(line.slice(0, space), readCount(line.slice(space + 1), number));
  });
  return stacks.finish(meaning);
}

/** Every line counts once. Throws PprofError. */
export function decodeLinesText(body: Uint8Array, meaning: CountMeaning): Pprof {
  const stacks = new TextStacks();
  eachLine(body, (line) => {
    stacks.add(line, 1);
  });
  return stacks.finish(meaning);
}

/** Stacks as texts, root first, frames joined by `;`: there is no way to say one that holds a `;`. */
export class TextStacks {
  private readonly builder = new PprofBuilder();
  private readonly frames = new Uint32Array(MAX_STACK_DEPTH);

  /** Throws PprofTooLarge. */
  add(stack: string, count: number): void {
    let end = stack.endsWith(';') ? stack.length - 1 : stack.length;
    let depth = 0;
    while (end > 0 || (end === 0 && stack.startsWith(';'))) {
      if (depth === MAX_STACK_DEPTH) throw over(MAX_STACK_DEPTH, 'frames in a stack');
      const start = end === 0 ? 0 : stack.lastIndexOf(';', end - 1) + 1;
      this.frames[depth++] = this.builder.frameOf(stack.slice(start, end));
      end = start - 1;
    }
    this.builder.add(this.frames, depth, count);
  }

  finish(meaning: CountMeaning): Pprof {
    return this.builder.finish(meaning);
  }
}

/** Calls `visit` for every line that is not empty. */
function eachLine(body: Uint8Array, visit: (line: string, number: number) => void): void {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  let number = 0;
  for (let start = 0; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const next = newline < 0 ? bytes.length : newline + 1;
    if (number === MAX_TEXT_LINES) throw over(MAX_TEXT_LINES, 'lines');
    if (next - start > MAX_TEXT_LINE_BYTES)
      throw new PprofError(`line ${number + 1}: it has more than ${MAX_TEXT_LINE_BYTES} bytes`);
    let end = newline < 0 ? next : newline;
    if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
    if (end > start) visit(bytes.toString('utf8', start, end), number + 1);
    start = next;
  }
}

function readCount(text: string, line: number): number {
  const count = /^\+?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(count)) return count;
  const shown = JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text);
  if (Number.isNaN(count))
    throw new PprofError(`line ${line}: the count ${shown} is no whole number of 0 or more`);
  throw new PprofError(`line ${line}: the count ${shown} is over 2^53`);
}
