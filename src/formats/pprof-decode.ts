// pprof files of one's own choice to a profile: what `convert` reads, and batches that are delivered in another form.
import { SpybridgeError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';
import { decodePprofTable, PPROF_BOUNDS } from './pprof/decode.ts';
import { openPprofSync } from './pprof/open.ts';
import type { Pprof } from './pprof/pprof.ts';
import { nanosOf, toProfile } from './pprof/to-profile.ts';
import { PprofError } from './pprof/wire.ts';

/** Bytes after decompression; Pyroscope's own limit of a profile is 4 MiB, other tools write more. */
export const MAX_PPROF_BYTES = 268_435_456;

/** Reads gzipped or plain pprof. Throws SpybridgeError('bad_input'). */
export function decodePprof(bytes: Uint8Array, maxBytes: number = MAX_PPROF_BYTES): Profile {
  try {
    const pprof = decodePprofTable(openPprofSync(bytes, maxBytes), PPROF_BOUNDS);
    return toProfile({ pprof, column: shownColumn(pprof) });
  } catch (error) {
    if (!(error instanceof PprofError)) throw error;
    throw new SpybridgeError('bad_input', `This is not a usable pprof profile (${error.message}).`, {
      hint: 'Give a profile.proto file, gzipped or plain.',
      cause: error,
    });
  }
}

/** The value that is shown: a time if there is one, else the last, which is pprof's default. */
function shownColumn({ header: { sampleTypes } }: Pprof): number {
  if (sampleTypes.length === 0) throw new PprofError('malformed profile: missing sample type information');
  const time = sampleTypes.findIndex(({ unit }) => nanosOf(unit) !== undefined);
  return time >= 0 ? time : sampleTypes.length - 1;
}
