// Ways to run PHP code: with and without opcache and its compilers.
import type { Php } from './php.ts';

export interface Mode {
  readonly mode: string;
  /** Settings of php.ini. */
  readonly ini: Readonly<Record<string, string>>;
}

const OPCACHE = {
  'opcache.enable': '1',
  'opcache.enable_cli': '1',
  'opcache.file_update_protection': '0', // the tests' scripts are new, and would not be cached
};
const WITH_JIT = { ...OPCACHE, 'opcache.jit_buffer_size': '32M' };

const MODES: readonly Mode[] = [
  { mode: 'without opcache', ini: { 'opcache.enable': '0' } },
  { mode: 'with opcache', ini: OPCACHE },
  { mode: 'with the function JIT', ini: { ...WITH_JIT, 'opcache.jit': 'function' } },
  { mode: 'with the tracing JIT', ini: { ...WITH_JIT, 'opcache.jit': 'tracing' } },
];

/** The modes that this PHP has: compilers came with 8.0. */
export function modesOf({ version }: Php): readonly Mode[] {
  return version === '7.4' ? MODES.filter(({ ini }) => !('opcache.jit' in ini)) : MODES;
}

/** As options of a PHP program. */
export function iniOptions({ ini }: Mode): string[] {
  return Object.entries(ini).flatMap(([name, value]) => ['-d', `${name}=${value}`]);
}

/** What mode.php must answer in a mode. */
export function answerOf({ ini }: Mode): string {
  const isCached = ini['opcache.enable'] === '1';
  return `cached: ${isCached ? 'yes' : 'no'}, jit: ${ini['opcache.jit'] ?? 'off'}, done`;
}
