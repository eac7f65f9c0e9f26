// The bundled sampler (native/): asked for the sample stream, and for nothing that is not a stream of samples.
import { SpybridgeError } from '../model/errors.ts';
import { readBundledOptions } from './phpspy-options.ts';
import { checkOutput, rateOf } from './phpspy.ts';
import type { SamplerPlan } from './sampler.ts';

/**
 * `program` is the path of its executable; `peeks` are facts that it is asked for, whether its arguments name them or not
 * (`server.HTTP_TRACEPARENT`). Throws SpybridgeError('usage').
 */
export function planBundled(program: string, args: readonly string[], peeks: readonly string[]): SamplerPlan {
  const found = readBundledOptions(args);
  const format = found.get('format') ?? 'stream';
  // One line per sample says nothing to the stream, whose samples are records.
  checkOutput(format === 'stream' ? without(found, 'single-line') : found);
  const mode = found.get('mode') ?? 'wall';
  if (mode !== 'wall' && mode !== 'cpu') {
    throw new SpybridgeError('usage', `The sampler's option --mode cannot be ${JSON.stringify(mode)}.`, {
      hint: 'Write --mode wall or --mode cpu.',
    });
  }
  return {
    name: 'sampler',
    kind: 'bundled',
    program,
    args: [...(found.has('format') ? [] : ['--format', 'stream']), ...peekOptions(args, peeks), ...args],
    rateHz: rateOf(found),
    dialect: 'auto',
    type: mode,
    warnings: [],
  };
}

/** `-g KEY`, `-gKEY` and `--peek-global=KEY` all end in the key. A fact that is asked for twice would stand in a trace twice. */
function peekOptions(args: readonly string[], peeks: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  const own = end < 0 ? args : args.slice(0, end);
  return peeks.filter((key) => !own.some((word) => word.endsWith(key))).flatMap((key) => ['-g', key]);
}

function without(found: ReadonlyMap<string, string>, name: string): ReadonlyMap<string, string> {
  return new Map([...found].filter(([key]) => key !== name));
}
