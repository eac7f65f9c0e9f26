// A profile from any input that we know: the format is told by the content, never by the name.
import { Intake } from '../collect/intake.ts';
import { decodePprof, MAX_PPROF_BYTES } from '../formats/pprof-decode.ts';
import { decodeSpeedscope, MAX_SPEEDSCOPE_BYTES } from '../formats/speedscope-decode.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { LabelResolver } from '../model/label-resolver.ts';
import { ProfileBuilder } from '../model/profile-builder.ts';
import type { Profile, ProfileType } from '../model/profile.ts';
import type { DropReason } from '../model/sample-sink.ts';
import { Ledger } from '../observe/ledger.ts';
import { Feed } from '../parse/feed.ts';
import { STREAM_MAGIC } from '../parse/sample-stream.ts';
import { Sniffer } from '../parse/sniffer.ts';
import type { StreamListener } from '../parse/stream-facts.ts';
import type { InputBytes } from './input-bytes.ts';
import { limitInput, readAll } from './input-bytes.ts';

/** Bytes of a sampler's output, unpacked. It is read in a stream: only its distinct stacks are held. */
export const MAX_SAMPLER_OUTPUT_BYTES = 1_073_741_824;

const LINE_END = Buffer.from('\n');

export interface InputProfile {
  readonly profile: Profile;
  /** Samples that could not be used. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** The first thing that was wrong with a sample stream. */
  readonly trouble: string | undefined;
}

/** `rateHz` is for inputs that tell no rate. Throws SpybridgeError('bad_input' | 'no_input' | 'io'). */
export async function readInputProfile(input: InputBytes, rateHz: number): Promise<InputProfile> {
  const read = await readAs(recognise(input.head), input, rateHz);
  if (read.profile.rows.length > 0) return read;
  const losses = describeLosses(read);
  const sentence = losses.length === 0 ? 'There is no sample in the input.' : losses.join(' ');
  throw new SpybridgeError('bad_input', sentence, {
    hint: "Give a sampler's output (phpspy, folded stacks, sample stream), pprof or speedscope's JSON.",
  });
}

/** Sentences about what could not be read. */
export function describeLosses({ dropped, trouble }: InputProfile): readonly string[] {
  const total = [...dropped.values()].reduce((sum, samples) => sum + samples, 0);
  const reasons = [...dropped].map(([reason, samples]) => `${reason} ${samples}`).join(', ');
  const drops = total === 0 ? [] : [`Samples that could not be used: ${total} (${reasons}).`];
  return trouble === undefined ? drops : [trouble, ...drops];
}

type Kind = 'pprof' | 'speedscope' | 'sampler';

async function readAs(kind: Kind, input: InputBytes, rateHz: number): Promise<InputProfile> {
  const clean = { dropped: new Map(), trouble: undefined };
  switch (kind) {
    case 'pprof':
      return { profile: decodePprof(await readAll(input, MAX_PPROF_BYTES)), ...clean };
    case 'speedscope':
      return { profile: decodeSpeedscope(await readAll(input, MAX_SPEEDSCOPE_BYTES)), ...clean };
    case 'sampler':
      return readSamplerOutput(input, rateHz);
  }
}

/** JSON starts with a brace; pprof's field heads are control characters; the rest is for the sniffer of sampler outputs. */
function recognise(head: Buffer): Kind {
  const text = head.toString('latin1');
  if (/^(\u00ef\u00bb\u00bf)?\s*\{\s*("|\}|$)/.test(text)) return 'speedscope';
  // phpspy's text may hold a control character in a name, and the sample stream has its magic.
  if (/^[\r\n]*(\d+ |# )/.test(text) || text.startsWith('\u0089SBS')) return 'sampler';
  return /[\u0000-\u0008\u000e-\u001a]/.test(text) ? 'pprof' : 'sampler'; // eslint-disable-line no-control-regex -- they tell
}

/** Nobody asked for tags: all samples have the empty set. */
const untagged: LabelResolver = { labelSets: [[]], startEpoch: () => undefined, resolve: () => 0 };

async function readSamplerOutput(input: InputBytes, defaultRateHz: number): Promise<InputProfile> {
  const ledger = new Ledger();
  const builder = new ProfileBuilder();
  let [rateHz, type]: [number, ProfileType] = [defaultRateHz, 'wall'];
  let trouble: string | undefined;
  const intake = new Intake({
    resolver: untagged,
    wantedMetaKeys: new Set(),
    ledger,
    onSealed: ({ tables, labelSets, rows }) => {
      const periodNanos = Math.max(1, Math.floor(1e9 / rateHz));
      // The time of the recording is not known; that of the conversion would be wrong.
      builder.add({ type, periodNanos, timeNanos: 0n, durationNanos: 0n, tables, labelSets, rows });
    },
  });
  const listener: StreamListener = {
    hello: (hello) => {
      intake.seal();
      if (hello.rateHz > 0) rateHz = hello.rateHz;
      type = hello.type;
    },
    trouble: (sentence) => {
      trouble ??= sentence;
    },
    ...{ stats: () => undefined, message: () => undefined, bye: () => undefined },
  };
  const feed = new Feed(new Sniffer(intake, { keepEntrypointName: true, listener }));
  for await (const chunk of limitInput(input, MAX_SAMPLER_OUTPUT_BYTES)) feed.push(chunk);
  // A file is whole, other than a pipe: editors and scripts leave out the end of the last line.
  if (input.head.length > 0 && !input.head.subarray(0, STREAM_MAGIC.length).equals(STREAM_MAGIC))
    feed.push(LINE_END);
  feed.end();
  intake.seal();
  if (builder.overflowed > 0) ledger.drop('too_large', builder.overflowed);
  return { profile: builder.finish(), dropped: ledger.totals().dropped, trouble };
}
