// Batches from profiles: encoded, compressed, each within the server's limits and with a time of its own.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { decodePprof } from '../formats/pprof-decode.ts';
import { encodePprof } from '../formats/pprof-encode.ts';
import type { PprofLimits } from '../formats/pprof-encode.ts';
import { explodeProfile, halveProfile, withoutSpans } from '../formats/pprof-split.ts';
import type { Batch } from '../model/batch.ts';
import type { Labels } from '../model/labels.ts';
import type { Profile } from '../model/profile.ts';
import type { UniqueTime } from '../model/unique-time.ts';
import type { SplitHow } from './worker-pool.ts';

/** Pyroscope's default limits: 16,000 samples per profile; a burst of 2 MiB must hold a profile with its labels. */
const LIMITS: PprofLimits = { maxRows: 16_000, maxRawBytes: 1_900_000 };
/** Level 1 is three times as fast as 6, and its output a fifth larger. */
const GZIP = { level: 1, chunkSize: 131_072 };

export interface MadeBatches {
  readonly batches: readonly Batch[];
  /** Samples of stacks that no server takes, whatever else is in the batch. */
  readonly tooLargeSamples: number;
}

export class BatchMaker {
  /** Of all samples: application, fixed tags, instance. */
  labels: Labels;
  private readonly times: UniqueTime;

  constructor(labels: Labels, times: UniqueTime) {
    this.labels = labels;
    this.times = times;
  }

  make(profile: Profile): MadeBatches {
    return this.encode(profile, this.labels);
  }

  /** Parts of a batch, which keep its labels; undefined where it has only one row (or one label set). */
  split(batch: Batch, how: SplitHow): readonly Batch[] | undefined {
    const profile = decodePprof(batch.body);
    // A part per series, not per span: who asks for that can't take span labels.
    const parts = how === 'halves' ? halveProfile(profile) : explodeProfile(withoutSpans(profile));
    if (parts === undefined) return undefined;
    return parts.flatMap((part) => this.encode({ ...part, type: batch.type }, batch.labels).batches);
  }

  private encode(profile: Profile, labels: Labels): MadeBatches {
    const { type, periodNanos, durationNanos } = profile;
    const atMs = Number(profile.timeNanos / 1_000_000n);
    const batches: Batch[] = [];
    const tooLargeSamples = encodePprof(
      profile,
      LIMITS,
      ({ raw, samples, rows, timeNanos }) => {
        const facts = { id: randomUUID(), type, periodNanos, timeNanos, durationNanos, labels };
        batches.push({ ...facts, samples, rows, rawBytes: raw.length, body: gzipSync(raw, GZIP) });
      },
      () => this.times.next(atMs),
    );
    return { batches, tooLargeSamples };
  }
}
