// What a sampler printed: how many samples up to a byte, and the stacks themselves.
import type { RecordedSample } from '../../test/fixtures/recording-sink.ts';
import { RecordingSink } from '../../test/fixtures/recording-sink.ts';
import { Feed } from '../../src/parse/feed.ts';
import { SampleStream } from '../../src/parse/sample-stream.ts';
import type { StreamCounter } from '../../src/parse/stream-facts.ts';
import type { Format } from './program.ts';

export interface Frame {
  readonly name: string;
  /** `<internal>` or empty where there is none. */
  readonly file: string;
}

export interface Trace {
  /** The root first. */
  readonly frames: readonly Frame[];
  readonly facts: ReadonlyMap<string, string>;
}

const attemptCounters = ['samples', 'idle', 'torn', 'failed_reads', 'dropped'] as const;
/** The facts that any case asks for. */
const URI = 'glopeek server.REQUEST_URI';

export class Output {
  readonly format: Format;
  readonly bytes: Buffer;
  constructor(format: Format, bytes: Buffer) {
    this.format = format;
    this.bytes = bytes;
  }

  /** Samples that are whole before the byte. */
  countBefore(offset: number): number {
    const part = this.bytes.subarray(0, offset);
    return this.format === 'text' ? countBlankLines(part) : sum(decode(part).samples);
  }

  traces(): readonly Trace[] {
    if (this.format === 'text') return readText(this.bytes.toString('latin1'));
    return decode(this.bytes).samples.flatMap(({ frames, metas, weight }) => {
      const trace = { frames: frames.map(readFrame).reverse(), facts: new Map(metas) };
      return Array.from({ length: weight }, () => trace);
    });
  }

  /** The last totals of a stream; text has none. */
  counters(): ReadonlyMap<StreamCounter, number> {
    return this.format === 'text' ? new Map() : decode(this.bytes).counters;
  }

  /** Looks at processes, with a sample or without, as a stream counts them. */
  attempts(): number | undefined {
    const counters = this.counters();
    const all = attemptCounters
      .map((name) => counters.get(name) ?? NaN)
      .reduce((sum, count) => sum + count, 0);
    return Number.isNaN(all) ? undefined : all;
  }
}

function decode(bytes: Buffer) {
  const sink = new RecordingSink([URI]);
  let counters: ReadonlyMap<StreamCounter, number> = new Map();
  const ignore = (): void => undefined;
  const fail = (sentence: string): void => {
    throw new Error(sentence);
  };
  const listener = {
    ...{ hello: ignore, message: ignore, bye: ignore, trouble: fail },
    stats: (stats: ReadonlyMap<StreamCounter, number>) => (counters = new Map([...counters, ...stats])),
  };
  // Without `end`: the last frame may be cut.
  new Feed(new SampleStream(sink, { keepEntrypointName: false, listener })).push(bytes);
  return { samples: sink.samples, counters };
}

function sum(samples: readonly RecordedSample[]): number {
  return samples.reduce((all, { weight }) => all + weight, 0);
}

function countBlankLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf('\n\n'); at >= 0; at = bytes.indexOf('\n\n', at + 2)) count += 1;
  return count;
}

/** What is not whole at the end is left out. */
function readText(text: string): readonly Trace[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .map((block) => {
      const lines = block.split('\n').filter((line) => line !== '');
      const frames = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/^\d+ /, ''));
      const facts = lines.flatMap((line) => {
        const [, key, value] = /^# (.+?) = (.*)$/.exec(line) ?? [];
        return key === undefined || value === undefined ? [] : [[key, value] as const];
      });
      return { frames: frames.map(readFrame).reverse(), facts: new Map(facts) };
    });
}

/** `name file:line`, as both the text and the recording sink have it. */
function readFrame(line: string): Frame {
  const at = line.indexOf(' ');
  return { name: line.slice(0, at), file: line.slice(at + 1).replace(/:-?\d+$/, '') };
}

export function uriOf({ facts }: Trace): string | undefined {
  return facts.get(URI);
}
