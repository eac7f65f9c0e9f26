// `spybridge record`: one recording to files; nothing is uploaded.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { SpybridgeError } from '../model/errors.ts';
import { ProfileBuilder } from '../model/profile-builder.ts';
import type { EventLog } from '../observe/events.ts';
import { Ledger } from '../observe/ledger.ts';
import { parseValue } from '../config/value.ts';
import { exitCodeOfSignal } from './exit-codes.ts';
import type { Job } from './job.ts';
import { Pipeline } from './pipeline.ts';
import { encoderFor, writeProfile } from './profile-file.ts';
import { SignalDesk } from './signals.ts';
import { describeTotals } from './statistics.ts';

export interface RecordOptions {
  /** undefined records until the sampler ends or a signal comes. */
  readonly durationMs: number | undefined;
  readonly outputs: readonly string[];
}

const LONGEST_MS = 86_400_000;

/** Throws SpybridgeError('usage') before anything starts. */
export function checkRecordOptions(duration: string | undefined, outputs: readonly string[]): RecordOptions {
  if (outputs.length === 0) {
    throw new SpybridgeError('usage', 'No output file is named.', {
      hint: 'Give -o out.pb.gz, out.folded, out.speedscope.json or out.svg.',
    });
  }
  for (const file of outputs) {
    encoderFor(file);
    checkFolder(file);
  }
  if (duration === undefined) return { durationMs: undefined, outputs };
  const parsed = parseValue({ kind: 'duration', minMs: 1, maxMs: LONGEST_MS }, duration);
  if ('problem' in parsed)
    throw new SpybridgeError('usage', `--duration "${duration}" cannot be used: ${parsed.problem}.`);
  return { durationMs: Number(parsed.value), outputs };
}

/** Better now than after half an hour of recording. */
function checkFolder(file: string): void {
  try {
    accessSync(path.dirname(path.resolve(file)), constants.W_OK);
  } catch {
    throw new SpybridgeError(
      'usage',
      `${file} cannot be written: its folder is missing or not yours to write.`,
      {
        hint: 'Create the folder first.',
      },
    );
  }
}

export async function runRecord(job: Job, events: EventLog, options: RecordOptions): Promise<number> {
  const ledger = new Ledger();
  const builder = new ProfileBuilder();
  const pipeline = new Pipeline({
    job,
    ledger,
    events,
    onProfile: (profile) => {
      builder.add(profile);
    },
  });
  const ended = new AbortController();
  const stop = (): void => {
    ended.abort();
  };
  const signals = new SignalDesk({ onStop: stop, onQuit: stop, onFlush: () => undefined });
  const timer = options.durationMs === undefined ? undefined : setTimeout(stop, options.durationMs);
  const end = await pipeline.run(ended.signal);
  clearTimeout(timer);
  signals.close();
  const profile = builder.finish();
  ledger.drop('too_large', builder.overflowed);
  ledger.deliver(ledger.totals().pending);
  // Ctrl-C ends a recording; what was recorded is written all the same.
  for (const file of options.outputs) writeProfile(file, profile);
  events.report('stopped', { ...describeTotals(ledger.totals()), files: options.outputs });
  if (ledger.totals().received === 0) events.report('no_samples');
  if (ended.signal.aborted) return 0;
  return end.signal === undefined ? (end.exitCode ?? 0) : exitCodeOfSignal(end.signal);
}
