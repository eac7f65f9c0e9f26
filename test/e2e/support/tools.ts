// Compilers and emulators that a machine may lack.
import { spawnSync } from 'node:child_process';

/** Why a program cannot be run here, or undefined. It must end well with these arguments and this input. */
export function whyMissing(sentence: string, command: readonly string[], input = ''): string | undefined {
  const [program, ...args] = command;
  const { status } = spawnSync(program!, args, { input });
  if (status === 0) return undefined;
  console.log(`Skipped: ${sentence}.`);
  return sentence;
}
