// Profiles in files: the format is chosen by the file's name.
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { encodeFlameGraph } from '../formats/flame-graph.ts';
import { encodeFolded } from '../formats/folded.ts';
import { encodePprof } from '../formats/pprof-encode.ts';
import { encodeSpeedscope } from '../formats/speedscope.ts';
import { SpybridgeError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';

/** The title stands in formats that have a place for one. */
export type Encode = (profile: Profile, title: string) => Uint8Array;

interface Format {
  readonly name: string;
  readonly ending: RegExp;
  readonly encode: Encode;
}

const NO_LIMITS = { maxRows: Infinity, maxRawBytes: Infinity };

function encodeGzippedPprof(profile: Profile): Uint8Array {
  let packed: Uint8Array = Buffer.alloc(0);
  encodePprof(profile, NO_LIMITS, ({ raw }) => {
    packed = gzipSync(raw);
  });
  return packed;
}

const formats: readonly Format[] = [
  {
    name: 'pprof',
    ending: /\.(pb\.gz|pprof)$/,
    encode: encodeGzippedPprof,
  },
  { name: 'folded', ending: /\.(folded|collapsed|txt)$/, encode: encodeFolded },
  { name: 'speedscope', ending: /\.json$/, encode: encodeSpeedscope },
  { name: 'svg', ending: /\.svg$/, encode: (profile, title) => encodeFlameGraph(profile, { title }) },
];

/** Throws SpybridgeError('usage') where the name tells no format. */
export function encoderFor(file: string): Encode {
  const format = formats.find(({ ending }) => ending.test(file));
  if (format !== undefined) return format.encode;
  throw new SpybridgeError('usage', `The name ${file} tells no format.`, {
    hint: 'Use .pb.gz (pprof), .folded, .speedscope.json or .svg (flame graph).',
  });
}

/** Throws SpybridgeError('usage') where there is no format of that name. */
export function encoderNamed(name: string): Encode {
  const format = formats.find((candidate) => candidate.name === name);
  if (format !== undefined) return format.encode;
  throw new SpybridgeError('usage', `--to "${name}" is no format.`, {
    hint: `Use one of ${formats.map((known) => known.name).join(', ')}.`,
  });
}

/** Throws SpybridgeError('io'). */
export function writeProfile(file: string, profile: Profile): void {
  writeWhole(file, encoderFor(file)(profile, 'spybridge'));
}

/** Whole or not at all: readers never see half a file. Throws SpybridgeError('io'). */
export function writeWhole(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    // A pipe or device is written to, not replaced by a file.
    if (!isReplaceable(file)) {
      writeFileSync(file, bytes);
      return;
    }
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

function isReplaceable(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
}
