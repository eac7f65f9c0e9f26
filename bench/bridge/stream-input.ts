// The same traces as a sample stream (docs/sample-stream.md): the definitions once, then a body of samples that can be repeated.
import * as stream from '../../test/fixtures/stream-writer.ts';

const TIME = 0x07;
/** A tick of a sampler that follows this many processes; one TIME serves them all. */
const SAMPLES_PER_TICK = 20;
const TICK_NANOS = 40_000_000;
const RATE_HZ = 25;

export interface StreamInput {
  readonly head: Buffer;
  readonly body: Buffer;
}

/** Traces in phpspy's text, each with its blank line, whose only facts are `# KEY = VALUE` lines. */
export function writeStream(traces: readonly string[]): StreamInput {
  const writer = new StreamInputWriter();
  const body: Buffer[] = [];
  traces.forEach((trace, index) => {
    if (index % SAMPLES_PER_TICK === 0) body.push(stream.frame(TIME, stream.varint(TICK_NANOS)));
    body.push(writer.sample(trace));
  });
  return {
    head: Buffer.concat([stream.magic, stream.hello(RATE_HZ), ...writer.head]),
    body: Buffer.concat(body),
  };
}

class StreamInputWriter {
  readonly head: Buffer[] = [];
  private readonly ids = new Map<string, Map<string, number>>();

  sample(trace: string): Buffer {
    const lines = trace.trimEnd().split('\n');
    const frames = lines.filter((line) => !line.startsWith('#')).reverse();
    const leaf = frames.reduce((parent, line) => this.stack(parent, line), 0);
    return stream.sample(leaf, this.meta(lines.filter((line) => line.startsWith('#'))));
  }

  private stack(parent: number, line: string): number {
    const frame = this.frame(line);
    return this.define('stack', `${parent} ${frame}`, (id) => stream.stack(id, parent, frame));
  }

  private frame(line: string): number {
    const [, name, file, at] = /^\d+ (.*) (\S+):(-?\d+)$/.exec(line) ?? [];
    if (name === undefined || file === undefined) throw new Error(`not a frame: ${line}`);
    const fileId = file === '<internal>' ? 0 : this.string(file);
    const nameId = this.string(name);
    return this.define('frame', `${name} ${file}:${at}`, (id) =>
      stream.fn(id, nameId, fileId, Math.max(0, Number(at))),
    );
  }

  private meta(lines: readonly string[]): number {
    if (lines.length === 0) return 0;
    const pairs = lines.map((line) => {
      const at = line.indexOf(' = ');
      return [this.string(line.slice(2, at)), this.string(line.slice(at + 3))] as const;
    });
    return this.define('meta', lines.join('\n'), (id) => stream.meta(id, pairs));
  }

  private string(text: string): number {
    return this.define('string', text, (id) => stream.string(id, text));
  }

  /** The id of what was defined before, or the next one of its table. */
  private define(table: string, key: string, write: (id: number) => Buffer): number {
    const ids = this.ids.get(table) ?? new Map<string, number>();
    this.ids.set(table, ids);
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(key, id);
    this.head.push(write(id));
    return id;
  }
}
