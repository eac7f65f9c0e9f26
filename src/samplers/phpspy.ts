// phpspy as the sampler: arguments that can't work are refused before it starts, and its rate is read from them.
import { SpybridgeError } from '../model/errors.ts';
import { readPhpspyOptions } from './phpspy-options.ts';
import type { PhpspyOption } from './phpspy-options.ts';
import { DEFAULT_RATE_HZ } from './sampler.ts';
import type { SamplerPlan } from './sampler.ts';

/** Writes of more bytes are not atomic on a pipe: traces of several threads would mix. */
const PIPE_BUF = 4_096;

const refusals: Partial<Record<PhpspyOption, string>> = {
  help: 'prints its help instead of traces',
  version: 'prints its version instead of traces',
  top: 'draws a screen instead of traces',
  'single-line': 'prints traces in a form that cannot be told apart',
};

export function planPhpspy(program: string, args: readonly string[]): SamplerPlan {
  const found = readPhpspyOptions(args);
  checkPhpspyOptions(found);
  return {
    name: 'phpspy',
    kind: 'phpspy',
    program,
    args,
    rateHz: rateOf(found),
    dialect: 'phpspy',
    type: 'wall',
    warnings: [],
  };
}

/** Throws SpybridgeError('usage') for arguments whose output is no stream of traces on stdout. */
function checkPhpspyOptions(found: ReadonlyMap<PhpspyOption, string>): void {
  checkOutput(found);
  const bufferBytes = Number(found.get('buffer-size') ?? PIPE_BUF);
  const hasMutex = (found.get('event-handler-opts') ?? '').includes('m');
  if (found.has('pgrep') && bufferBytes > PIPE_BUF && !hasMutex) {
    throw refused(
      `--buffer-size=${bufferBytes}`,
      `with --pgrep, traces of more than ${PIPE_BUF} bytes from several threads mix on the pipe`,
      'Add -J m, which makes phpspy write them one at a time.',
    );
  }
}

/** What both samplers refuse: everything that does not end in traces on standard output. */
export function checkOutput(found: ReadonlyMap<string, string>): void {
  for (const [name, reason] of Object.entries(refusals)) {
    if (found.has(name)) throw refused(`--${name}`, `it ${reason}`, `Leave --${name} out.`);
  }
  const output = found.get('output');
  if (output !== undefined && output !== 'stdout' && output !== '-') {
    throw refused(`--output=${output}`, 'the traces must come on standard output', 'Leave --output out.');
  }
  const handler = found.get('event-handler');
  if (handler !== undefined && handler !== 'fout') {
    throw refused(
      `--event-handler=${handler}`,
      'only the fout handler prints traces',
      'Leave --event-handler out.',
    );
  }
}

/** Samples per second from `-H` or `-s`; the later of phpspy's two options wins there, the rate here. */
export function rateOf(found: ReadonlyMap<string, string>): number {
  const rateText = found.get('rate-hz');
  const sleepText = found.get('sleep-ns');
  const rateHz = rateText === undefined ? undefined : positive(rateText);
  const sleepNanos = sleepText === undefined ? undefined : positive(sleepText);
  if (rateText !== undefined && rateHz === undefined) {
    throw refused(`--rate-hz=${rateText}`, 'it is not a number of samples per second', 'Write -H 99.');
  }
  const last = [...found.keys()].findLast((name) => name === 'rate-hz' || name === 'sleep-ns');
  if (rateHz !== undefined && last === 'rate-hz') return rateHz;
  if (sleepText === undefined) return DEFAULT_RATE_HZ;
  if (sleepNanos === undefined) {
    throw refused(`--sleep-ns=${sleepText}`, 'it is not a number of nanoseconds', 'Write -H 99.');
  }
  return 1e9 / sleepNanos;
}

function positive(text: string): number | undefined {
  const value = Number(text);
  return /^\d+(\.\d+)?$/.test(text) && value > 0 ? value : undefined;
}

function refused(option: string, reason: string, hint: string): SpybridgeError {
  return new SpybridgeError('usage', `The sampler's option ${option} cannot be used: ${reason}.`, { hint });
}
