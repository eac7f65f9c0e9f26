// Profiles in files: the format is chosen by the file's name.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { encodeFolded } from '../formats/folded.ts';
import { encodePprof } from '../formats/pprof-encode.ts';
import { encodeSpeedscope } from '../formats/speedscope.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';

type Encode = (profile: Profile) => Uint8Array;

const NO_LIMITS = { maxRows: Infinity, maxRawBytes: Infinity };

const encoders: readonly (readonly [ending: RegExp, encode: Encode])[] = [
  [
    /\.(pb\.gz|pprof)$/,
    (profile) => gzipSync(encodePprof(profile, NO_LIMITS).chunks[0]?.raw ?? Buffer.alloc(0)),
  ],
  [/\.(folded|collapsed|txt)$/, encodeFolded],
  [/\.json$/, (profile) => encodeSpeedscope(profile, 'spybridge')],
];

/** Throws SpybridgeError('usage') where the name tells no format. */
export function encoderFor(file: string): Encode {
  const encode = encoders.find(([ending]) => ending.test(file))?.[1];
  if (encode !== undefined) return encode;
  throw new SpybridgeError('usage', `The name ${file} tells no format.`, {
    hint: 'Use .pb.gz (pprof), .folded or .speedscope.json.',
  });
}

/** Whole or not at all: readers never see half a file. Throws SpybridgeError('io'). */
export function writeProfile(file: string, profile: Profile): void {
  const bytes = encoderFor(file)(profile);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new SpybridgeError('io', `${file} could not be written (${code}).`, {
      hint: 'Check that the folder exists and is yours to write.',
      cause: error,
    });
  }
}
