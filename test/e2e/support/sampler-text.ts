// The built sampler as phpspy's users call it: text on standard output.
import { execFile } from 'node:child_process';
import { SAMPLER } from './sampler-run.ts';

export interface TextRun {
  readonly exitCode: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Ends a run that goes on for longer than any test may. */
const LONGEST_MS = 20_000;

export function runText(...args: string[]): Promise<TextRun> {
  return new Promise((resolve) => {
    const options = { timeout: LONGEST_MS, maxBuffer: 64 << 20, env: { ...process.env, Ez: '1', FY: '2' } };
    execFile(SAMPLER, args, options, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : (error.code ?? error.signal ?? null), stdout, stderr });
    });
  });
}

/** The traces of a text, without their empty lines. */
export function tracesOf({ stdout }: TextRun): readonly string[] {
  return stdout.split('\n\n').filter((trace) => trace !== '');
}
