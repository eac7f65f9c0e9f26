// Formats of /ingest that count stacks and say nothing of what is counted: the end of the application's name does.
import { decodeSpeedscopeTable } from '../../../formats/ingest-speedscope.ts';
import { decodeFoldedText, decodeLinesText } from '../../../formats/ingest-text.ts';
import { decodeTree, decodeTrie } from '../../../formats/ingest-tree.ts';
import type { CountMeaning } from '../../../formats/pprof/build.ts';
import { encodePprofTable } from '../../../formats/pprof/encode.ts';
import type { Pprof } from '../../../formats/pprof/pprof.ts';
import { PprofError, PprofTooLarge } from '../../../formats/pprof/wire.ts';
import { HttpProblem } from '../../problem.ts';
import type { IngestInput } from './input.ts';
import { unzip } from './input.ts';
import type { CountedType } from './profile-name.ts';
import { splitApp, typeOfSuffix } from './profile-name.ts';

const DECODERS = {
  folded: decodeFoldedText,
  lines: decodeLinesText,
  tree: decodeTree,
  trie: decodeTrie,
} as const;
/** How far the clock of a sender may be ahead: a profile of later times would be seen by nobody who asks for the last hour. */
const MAX_AHEAD_NANOS = 600_000_000_000n;

export type CountedFormat = keyof typeof DECODERS | 'speedscope';

export interface CountedPart {
  readonly service: string;
  /** For the label `__name__`. */
  readonly name: string;
  /** pprof, not compressed. */
  readonly body: Uint8Array;
}

/** Undefined where nothing is counted. Throws HttpProblem(400 | 413 | 422). */
export async function readCounted(
  input: IngestInput,
  format: CountedFormat,
  { maxRawBytes, now }: { readonly maxRawBytes: number; readonly now: bigint },
): Promise<CountedPart | undefined> {
  if (input.fromNanos > now + MAX_AHEAD_NANOS)
    throw new HttpProblem(400, 'from is more than 10 minutes ahead of the clock of this server.');
  const isZipped = input.body[0] === 0x1f && input.body[1] === 0x8b;
  const body = isZipped ? await unzip(input.body, maxRawBytes) : input.body;
  // An unknown type is an error of an empty body, too.
  const typed = format === 'speedscope' ? undefined : splitApp(input.name.app, input.sampleRateHz);
  if (body.length === 0) return undefined;
  const { service, type, pprof } = decode(() =>
    typed === undefined || format === 'speedscope'
      ? readSpeedscope(input, body)
      : { ...typed, pprof: DECODERS[format](body, meaningOf(typed.type, input)) },
  );
  if (pprof.samples.count === 0) return undefined;
  return { service, name: type.name, body: encodePprofTable(pprof) };
}

interface Decoded {
  readonly service: string;
  readonly type: CountedType;
  readonly pprof: Pprof;
}

function meaningOf(type: CountedType, { fromNanos }: IngestInput): CountMeaning {
  return { ...type, timeNanos: fromNanos };
}

/** A file with several profiles says by their unit what it is, bytes are no time; else the application says it. */
function readSpeedscope(input: IngestInput, body: Uint8Array): Decoded {
  const { name, sampleRateHz } = input;
  let typed: Omit<Decoded, 'pprof'> | undefined;
  const pprof = decodeSpeedscopeTable(body, (unit, profiles) => {
    const saysType = profiles > 1 || (unit === 'bytes' && !name.app.includes('.'));
    const type = saysType ? typeOfSuffix(unit, sampleRateHz) : undefined;
    typed = type === undefined ? splitApp(name.app, sampleRateHz) : { service: name.app, type };
    return meaningOf(typed.type, input);
  });
  return { ...typed!, pprof };
}

function decode(read: () => Decoded): Decoded {
  try {
    return read();
  } catch (error) {
    if (error instanceof PprofTooLarge) throw new HttpProblem(413, error.message);
    if (error instanceof PprofError) throw new HttpProblem(422, error.message);
    throw error;
  }
}
