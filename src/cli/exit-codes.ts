// One exit code per kind of trouble, after sysexits.h.
import type { ErrorCode } from '../model/errors.ts';

export const EXIT_OK = 0;
export const EXIT_INTERNAL = 70;

export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  usage: 64,
  bad_input: 65,
  no_input: 66,
  server_unreachable: 69,
  unsupported_php: 69,
  sampler_failed: 69,
  sampler_missing: 69,
  internal: EXIT_INTERNAL,
  io: 74,
  not_permitted: 77,
  config: 78,
};

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** 128 + n for a child that signal n has ended. */
export function exitCodeOfSignal(signal: string): number {
  return 128 + (signalNumbers[signal] ?? 0);
}
