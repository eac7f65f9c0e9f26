// Tells by its first bytes which dialect a sampler speaks, then hands everything to that one.
import type { SampleSink } from '../model/sample-sink.ts';
import type { Dialect } from './dialect.ts';
import { FoldedText } from './folded.ts';
import { PhpspyText } from './phpspy-text.ts';
import type { StreamListener } from './stream-facts.ts';
import { SampleStream, STREAM_MAGIC } from './sample-stream.ts';

export type DialectName = 'phpspy' | 'folded' | 'stream';

export interface DialectOptions {
  readonly keepEntrypointName: boolean;
  readonly listener: StreamListener;
}

export function makeDialect(name: DialectName, sink: SampleSink, options: DialectOptions): Dialect {
  switch (name) {
    case 'phpspy':
      return new PhpspyText(sink, options);
    case 'folded':
      return new FoldedText(sink);
    case 'stream':
      return new SampleStream(sink, options);
  }
}

export class Sniffer implements Dialect {
  private readonly sink: SampleSink;
  private readonly options: DialectOptions;
  private chosen: Dialect | undefined;

  constructor(sink: SampleSink, options: DialectOptions) {
    this.sink = sink;
    this.options = options;
  }

  consume(buffer: Buffer, start: number, end: number): number {
    this.chosen ??= this.choose(buffer.subarray(start, end), false);
    return this.chosen?.consume(buffer, start, end) ?? 0;
  }

  finish(buffer: Buffer, start: number, end: number): void {
    if (end > start) this.chosen ??= this.choose(buffer.subarray(start, end), true);
    this.chosen?.finish(buffer, start, end);
  }

  overflow(buffer: Buffer, start: number, end: number): number {
    this.chosen ??= this.choose(buffer.subarray(start, end), true);
    return this.chosen?.overflow(buffer, start, end) ?? end - start;
  }

  restartEpoch(): void {
    this.chosen?.restartEpoch();
  }

  /** Undefined while a first line is missing; `isLast` decides with what is there. */
  private choose(bytes: Buffer, isLast: boolean): Dialect | undefined {
    const name = sniff(bytes, isLast);
    return name === undefined ? undefined : makeDialect(name, this.sink, this.options);
  }
}

/** The dialect of the first bytes: the stream's magic, a folded line with its count, or else phpspy's text. */
export function sniff(bytes: Buffer, isLast: boolean): DialectName | undefined {
  if (bytes[0] === STREAM_MAGIC[0]) return 'stream';
  const line = /^[\r\n]*([^\n]*)(\n?)/.exec(bytes.toString('latin1', 0, 65_536));
  if (line?.[2] === '' && !isLast && bytes.length < 65_536) return undefined;
  const text = line?.[1] ?? '';
  // `0 name file:7` and `# key = value` are phpspy's; `root;leaf 7` ends in a bare count.
  return !text.startsWith('# ') && !/^\d+ .*:-?\d+\s*$/.test(text) && /\S \d+\s*$/.test(text)
    ? 'folded'
    : 'phpspy';
}
