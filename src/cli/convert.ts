// `spybridge convert IN -o OUT`: a recording of any format that we know becomes one of any format that we write.
import path from 'node:path';
import { parseValue } from '../config/value.ts';
import { SpybridgeError } from '../model/errors.ts';
import { cleanText } from '../model/text.ts';
import { openInput } from './input-bytes.ts';
import { describeLosses, readInputProfile } from './input-profile.ts';
import type { Encode } from './profile-file.ts';
import { encoderFor, encoderNamed, writeWhole } from './profile-file.ts';

/** As the user wrote them. */
export interface ConvertWords {
  readonly output?: string;
  readonly to?: string;
  readonly rate: string;
}

/** Returns the exit code. Throws SpybridgeError('usage' | 'bad_input' | 'no_input' | 'io'). */
export async function runConvert(input: string, words: ConvertWords): Promise<number> {
  const { output, encode, rateHz } = checkWords(words);
  const read = await readInputProfile(await openInput(input), rateHz);
  for (const sentence of describeLosses(read)) process.stderr.write(`spybridge: ${cleanText(sentence)}\n`);
  const title = input === '-' ? 'spybridge' : path.basename(input);
  const bytes = encode(read.profile, cleanText(title));
  if (output === '-') await writeStdout(bytes);
  else writeWhole(output, bytes);
  return 0;
}

/** Before anything is read. */
function checkWords({ output, to, rate }: ConvertWords): {
  output: string;
  encode: Encode;
  rateHz: number;
} {
  if (output === undefined) {
    throw new SpybridgeError('usage', 'No output file is named.', {
      hint: 'Give -o out.svg, or -o - --to folded for stdout.',
    });
  }
  if (output === '-' && to === undefined) {
    throw new SpybridgeError('usage', 'stdout has no name that tells the format.', {
      hint: 'Give --to pprof, folded, speedscope or svg.',
    });
  }
  const parsed = parseValue({ kind: 'number', min: 0.01, max: 100_000, isWhole: false }, rate);
  if ('problem' in parsed)
    throw new SpybridgeError('usage', `--rate "${rate}" cannot be used: ${parsed.problem}.`);
  const encode = to === undefined ? encoderFor(output) : encoderNamed(to);
  return { output, encode, rateHz: Number(parsed.value) };
}

async function writeStdout(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void => {
      const sentence = `stdout could not be written (${error.code ?? error.message}).`;
      reject(new SpybridgeError('io', sentence, { cause: error }));
    };
    process.stdout.once('error', refuse);
    process.stdout.write(bytes, (error) => {
      if (error) refuse(error);
      else resolve();
    });
  });
}
