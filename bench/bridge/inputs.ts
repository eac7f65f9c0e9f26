// The files that a run's sampler prints: recorded traces, made-up ones, and the recorded ones as a sample stream.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeStream } from './stream-input.ts';
import { generateDistinct, generateTraces } from './trace-generator.ts';

/** What `cat` is given, and how many samples come out. */
export interface Input {
  readonly files: readonly string[];
  readonly samples: number;
}

export interface Inputs {
  readonly recorded: Input;
  readonly recordedStream: Input;
  readonly routes: Input;
  readonly manyUris: Input;
  readonly distinct: Input;
  /** The same with every frame new, too: the tables must start over again and again. */
  readonly strange: Input;
  /** For the pacer: one file each, printed over and over. */
  readonly pacedRoutes: string;
  readonly pacedManyUris: string;
}

const RECORDED = 'test/corpus/phpspy/fpm-request-uri.txt.gz';
/** The median of the recorded traces. */
const DEPTH = 36;

/** Writes all files to `folder`; some 500 MB, a tenth when `isQuick`. */
export function makeInputs(folder: string, isQuick: boolean): Inputs {
  const share = isQuick ? 0.1 : 1;
  const write = (name: string, content: string | Uint8Array): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  const repeat = (file: string, samples: number, times: number): Input => ({
    files: Array.from({ length: times }, () => file),
    samples: samples * times,
  });
  const recorded = splitTraces(gunzipSync(readFileSync(RECORDED)).toString());
  const recordedFile = write('recorded.txt', recorded.join(''));
  const { head, body } = writeStream(recorded);
  const headFile = write('recorded.head', head);
  const streamed = repeat(write('recorded.body', body), recorded.length, 800 * share);
  const routes = generateTraces({ stacks: 1_000, uris: 100, depth: 30 }, 20_000 * share);
  const manyUris = generateTraces({ stacks: 1_000, uris: 10_000, depth: DEPTH }, 50_000 * share);
  const distinct = generateDistinct(DEPTH, 100_000 * share);
  const strange = generateDistinct(DEPTH, 50_000 * share, true);
  const routesFile = write('routes.txt', routes.join(''));
  const manyUrisFile = write('many-uris.txt', manyUris.join(''));
  return {
    recorded: repeat(recordedFile, recorded.length, 120 * share),
    recordedStream: { files: [headFile, ...streamed.files], samples: streamed.samples },
    routes: repeat(routesFile, routes.length, 10),
    manyUris: repeat(manyUrisFile, manyUris.length, 4),
    distinct: repeat(write('distinct.txt', distinct.join('')), distinct.length, 1),
    strange: repeat(write('strange.txt', strange.join('')), strange.length, 1),
    pacedRoutes: routesFile,
    pacedManyUris: manyUrisFile,
  };
}

function splitTraces(text: string): string[] {
  return text
    .split('\n\n')
    .filter((trace) => trace !== '')
    .map((trace) => `${trace.trimEnd()}\n\n`);
}
