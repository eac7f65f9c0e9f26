// speedscope's files as uploads: all profiles of a file added up, as a pprof.
import { SpybridgeError } from '../model/errors.ts';
import { MAX_STACK_DEPTH } from '../model/stack-tables.ts';
import type { CountMeaning } from './pprof/build.ts';
import { PprofBuilder } from './pprof/build.ts';
import type { Pprof } from './pprof/pprof.ts';
import { PprofError } from './pprof/wire.ts';
import type { SpeedscopeFile } from './speedscope-decode.ts';
import { MAX_SPEEDSCOPE_BYTES, MAX_UPLOADED_PARTS, readSpeedscope } from './speedscope-decode.ts';
import type { SpeedscopeUnit } from './speedscope.ts';

/** `meaningOf` says what the weights of a file of so many profiles stand for; those that are times are nanoseconds then, and not scaled. Throws PprofError. */
export function decodeSpeedscopeTable(
  body: Uint8Array,
  meaningOf: (unit: SpeedscopeUnit, profiles: number) => CountMeaning,
): Pprof {
  const { profile, unit, profiles } = readFile(body);
  const { tables, rows, periodNanos } = profile;
  const builder = new PprofBuilder();
  const frames = tables.names.map((name, i) => builder.frameOf(name, tables.files[i], tables.lines[i]));
  const leafFirst = new Uint32Array(MAX_STACK_DEPTH);
  const weight = unit === 'nanoseconds' ? periodNanos : 1;
  for (let row = 0; row < rows.length; row++) {
    const stack = tables.framesOf(rows.stacks[row]!);
    for (let i = 0; i < stack.length; i++) leafFirst[i] = frames[stack[i]!]!;
    builder.add(leafFirst, stack.length, rows.counts[row]! * weight);
  }
  const meaning = meaningOf(unit, profiles);
  const pprof = builder.finish(unit === 'nanoseconds' ? { ...meaning, period: 1 } : meaning);
  const period = meaning.periodType === undefined ? 0n : BigInt(meaning.period);
  return { ...pprof, header: { ...pprof.header, period } };
}

function readFile(body: Uint8Array): SpeedscopeFile {
  try {
    return readSpeedscope(body, { bytes: MAX_SPEEDSCOPE_BYTES, parts: MAX_UPLOADED_PARTS });
  } catch (error) {
    if (error instanceof SpybridgeError) throw new PprofError(error.message, { cause: error });
    throw error;
  }
}
