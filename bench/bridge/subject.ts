// The programs that are measured, and their command lines: the same tags, application and limits for each.
import { symlinkSync } from 'node:fs';
import path from 'node:path';

export interface RunRequest {
  readonly url: string;
  /** Where the sampler writes down its own CPU time. */
  readonly costFile: string;
  /** What the sampler runs: `cat FILE...`. */
  readonly sampler: readonly string[];
  /** Further options of spybridge; other programs have no such options. */
  readonly options: readonly string[];
}

export interface Subject {
  readonly name: 'spybridge' | 'gospy';
  /** Gospy never ends by itself; it gets SIGTERM when its sampler has ended and no request has come for a second. */
  readonly endsItself: boolean;
  readonly command: (request: RunRequest) => readonly string[];
}

const tags = [
  ...['--app', 'bench', '--tag', 'env=bench'],
  ...['--tag', String.raw`uri={{ "glopeek server.REQUEST_URI" "^([^?]+)\?.*$" "$1" }}`, '--tag-entrypoint'],
];
const REPLAY = path.resolve('bench/bridge/replay.sh');
/** The limits are out of the way: CPU time is measured, not patience. */
const UNLIMITED_MB = '100000';

export function makeBridge(program: string): Subject {
  return {
    name: 'spybridge',
    endsItself: true,
    command: ({ url, costFile, sampler, options }) => [
      ...[process.execPath, program, 'run', '--pyroscope', url, ...tags, '--rate-mb', '0'],
      ...['--max-tag-values', '20000', '--sample-rate', '25', '--log-format', 'json', ...options],
      ...['--', REPLAY, costFile, ...sampler],
    ],
  };
}

/** Gospy only starts what is called `phpspy` and found on PATH; `folder` gets a link of that name. */
export function makeGospy(program: string, peerArgs: readonly string[], folder: string): Subject {
  symlinkSync(REPLAY, path.join(folder, 'phpspy'));
  return {
    name: 'gospy',
    endsItself: false,
    command: ({ url, costFile, sampler }) => [
      ...['env', `PATH=${folder}:${process.env['PATH'] ?? ''}`, program, '--pyroscope', url, ...tags],
      ...['--rate-mb', UNLIMITED_MB, '--rate-burst-mb', UNLIMITED_MB, ...peerArgs],
      ...['phpspy', costFile, ...sampler],
    ],
  };
}
