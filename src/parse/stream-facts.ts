// What a sample stream tells about itself besides samples.
import type { ProfileType } from '../model/profile.ts';

export interface StreamHello {
  readonly version: number;
  readonly pid: number;
  /** 0 where samples are not periodic. */
  readonly rateHz: number;
  readonly type: ProfileType;
  readonly samplerName: string;
  readonly samplerVersion: string;
}

/** Names of the STATS counters, in the order of their numbers (from 1). */
export const streamCounters = [
  'samples',
  'idle',
  'torn',
  'failed_reads',
  'ticks_missed',
  'dropped',
  'cpu_ns',
  'processes',
  'processes_seen',
  'syscalls',
  'off_cpu',
  'filtered',
  'repeated',
] as const;
export type StreamCounter = (typeof streamCounters)[number];

export type MessageLevel = 'debug' | 'info' | 'warn' | 'error';

/** What the decoder reports besides samples; every text is from outside and must be cleaned before it is shown. */
export interface StreamListener {
  hello(hello: StreamHello): void;
  /** Totals since the sampler's start. */
  stats(stats: ReadonlyMap<StreamCounter, number>): void;
  message(level: MessageLevel, code: string, text: string): void;
  bye(reason: string, text: string): void;
  /** A frame that could not be read, or a stream of another version: one sentence. */
  trouble(sentence: string): void;
}
