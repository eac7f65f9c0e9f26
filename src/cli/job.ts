// What a run is to do: its configuration, tags, spans and sampler, checked before anything starts.
import type { Config } from '../config/config.ts';
import { resolveSampler } from '../samplers/resolve.ts';
import type { SamplerPlan } from '../samplers/sampler.ts';
import { compileEntryPoints } from '../transform/entry-point.ts';
import { Labeler } from '../transform/labeler.ts';
import { compileSpanSource } from '../transform/span-source.ts';
import type { SpanSource } from '../transform/span-source.ts';
import { compileTags } from '../transform/tags.ts';
import type { Tags } from '../transform/tags.ts';

/** A run as the configuration and the sampler's words describe it, checked; nothing has been started yet. */
export interface Job {
  readonly config: Config;
  readonly plan: SamplerPlan;
  readonly tags: Tags;
  /** Undefined where samples get no span labels. */
  readonly spans: SpanSource | undefined;
}

const GLOPEEK = 'glopeek ';

/** Throws SpybridgeError: the first thing that is wrong with the tags, the entry points or the sampler. */
export function planJob(config: Config, samplerWords: readonly string[]): Job {
  const tags = compileTags(config.tags);
  compileEntryPoints(config.entryPoints);
  const spans = planSpans(config);
  const peeks = [...(spans?.metaKeys ?? [])]
    .filter((key) => key.startsWith(GLOPEEK))
    .map((key) => key.slice(GLOPEEK.length));
  const plan = resolveSampler(samplerWords, { searchPath: process.env['PATH'] ?? '', peeks });
  return { config, tags, spans, plan };
}

/** Throws SpybridgeError('config'). */
export function planSpans({ spanLabels, spanId, traceId }: Config): SpanSource | undefined {
  return compileSpanSource({ labels: spanLabels, spanId, traceId });
}

/** Facts that any label of samples needs. */
export function wantedMetaKeys({ tags, spans }: Pick<Job, 'tags' | 'spans'>): ReadonlySet<string> {
  return spans === undefined ? tags.metaKeys : new Set([...tags.metaKeys, ...spans.metaKeys]);
}

export function makeLabeler({ config, tags }: Job): Labeler {
  const options = {
    tags,
    isEntryPoint: compileEntryPoints(config.entryPoints),
    hasEntryPatterns: config.entryPoints.length > 0,
    tagEntrypoint: config.tagEntrypoint,
    maxTagValues: config.maxTagValues,
  };
  return new Labeler(options, Date.now());
}
