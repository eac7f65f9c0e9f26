// The built sampler alone, with its stream decoded.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { SampleSink } from '../../../src/model/sample-sink.ts';
import { Feed } from '../../../src/parse/feed.ts';
import { SampleStream } from '../../../src/parse/sample-stream.ts';
import type { StreamCounter } from '../../../src/parse/stream-facts.ts';
import type { RecordedSample } from '../../fixtures/recording-sink.ts';
import { RecordingSink } from '../../fixtures/recording-sink.ts';

export const SAMPLER = path.join(import.meta.dirname, '../../../native/build/sampler');

export interface SamplerRun {
  readonly pid: number;
  readonly samples: readonly RecordedSample[];
  readonly messages: readonly string[];
  /** As last told. */
  readonly counters: () => ReadonlyMap<StreamCounter, number>;
  /** Resolves at the end of the program. */
  readonly result: Promise<SamplerResult>;
  kill(signal: NodeJS.Signals): void;
}

export interface SamplerResult {
  readonly exitCode: number | null;
  readonly samples: readonly RecordedSample[];
  readonly counters: ReadonlyMap<StreamCounter, number>;
  /** `level code text` of each. */
  readonly messages: readonly string[];
  readonly bye: string;
  readonly stderr: string;
  /** Sentences of the decoder about a broken stream. */
  readonly troubles: readonly string[];
}

export interface SamplerOptions {
  /** Facts that the samples carry, such as `glopeek server.REQUEST_URI`. */
  readonly facts?: readonly string[];
  /** Put before the sampler, such as setpriv and its options. */
  readonly wrapper?: readonly string[];
  readonly sampler?: string;
  /** Takes the samples instead of `samples`. */
  readonly sink?: SampleSink;
}

export function startSampler(args: readonly string[], options: SamplerOptions = {}): SamplerRun {
  const { facts = [], wrapper = [], sampler = SAMPLER } = options;
  const [program, ...rest] = [...wrapper, sampler, '--format', 'stream', ...args];
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const recorder = new RecordingSink(facts);
  const messages: string[] = [];
  const troubles: string[] = [];
  let counters: ReadonlyMap<StreamCounter, number> = new Map();
  let bye = '';
  let stderr = '';
  const feed = new Feed(
    new SampleStream(options.sink ?? recorder, {
      keepEntrypointName: false,
      listener: {
        hello: () => undefined,
        stats: (stats) => (counters = new Map([...counters, ...stats])),
        message: (level, code, text) => messages.push(`${level} ${code} ${text}`),
        bye: (reason) => (bye = reason),
        trouble: (sentence) => troubles.push(sentence),
      },
    }),
  );
  child.stdout.on('data', (chunk: Buffer) => {
    feed.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const { samples } = recorder;
  const result = once(child, 'close').then(([exitCode]) => {
    feed.end();
    return { exitCode: exitCode as number | null, samples, counters, messages, bye, stderr, troubles };
  });
  return {
    pid: child.pid!,
    samples,
    messages,
    counters: () => counters,
    result,
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

export function runSampler(args: readonly string[], options: SamplerOptions = {}): Promise<SamplerResult> {
  return startSampler(args, options).result;
}

/** Function names from the root to the leaf, without files and without what PHP 8.4 adds to a closure's name. */
export function stackOf({ frames }: RecordedSample): string {
  return frames
    .map((frame) => frame.slice(0, frame.indexOf(' ')).replace(/\{closure:[^}]*\}/, '{closure}'))
    .reverse()
    .join(';');
}
