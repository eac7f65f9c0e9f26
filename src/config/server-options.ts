// Options of the server and its store that the bridge has, too: without --pyroscope it brings its own.
import { duration, text, whole } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';

const TEN_YEARS_MS = 315_360_000_000;

export const serverOptions = [
  {
    name: 'listen',
    of: text,
    default: '127.0.0.1:4040',
    placeholder: 'ADDR',
    group: 'Store',
    help: 'address of the embedded server; a bare port is on loopback',
  },
  {
    name: 'data',
    of: text,
    placeholder: 'DIR',
    group: 'Store',
    help: 'folder of its store; else spybridge in XDG_STATE_HOME or in ~/.local/state',
  },
  {
    name: 'retention',
    of: duration(0, TEN_YEARS_MS),
    default: '7d',
    placeholder: 'D',
    group: 'Store',
    help: 'age at which profiles are deleted, by their own time; 0 keeps them; buckets and ClickHouse keep all unless it is given',
  },
  {
    name: 'retention-mb',
    of: whole(0, 1_073_741_824),
    default: '10240',
    placeholder: 'N',
    group: 'Store',
    help: 'what profiles may take of the folder before the oldest are deleted; less on a small disk unless it is given; 0 is no limit; lmdb only',
  },
] as const satisfies readonly OptionSpec[];
