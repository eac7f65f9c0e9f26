// The one list of the options of `spybridge serve`: flags, environment, file, help and docs/configuration.md come from it.
import { choice, duration, number, onOff, text, whole } from './option-spec.ts';
import type { OptionSpec } from './option-spec.ts';
import { serverOptions } from './server-options.ts';

const HOUR_MS = 3_600_000;

const serveOptionTable = [
  ...serverOptions,
  {
    name: 'tls-cert',
    of: text,
    placeholder: 'FILE',
    group: 'Server',
    help: 'certificate (PEM), with its chain',
  },
  { name: 'tls-key', of: text, placeholder: 'FILE', group: 'Server', help: 'its key (PEM)' },
  {
    name: 'storage',
    of: choice('lmdb'),
    default: 'lmdb',
    placeholder: 'KIND',
    group: 'Store',
    help: 'where profiles are kept: lmdb is a file in --data',
  },
  {
    name: 'write-token-file',
    of: text,
    placeholder: 'FILE',
    group: 'Access',
    help: 'uploads and deletions need one of its tokens, one per line (Bearer, or the password of Basic)',
  },
  {
    name: 'read-token-file',
    of: text,
    placeholder: 'FILE',
    group: 'Access',
    help: 'queries, the page and /metrics need one of its tokens',
  },
  {
    name: 'multi-tenant',
    of: onOff,
    default: false,
    group: 'Access',
    help: 'every request names its tenant in X-Scope-OrgID and sees nothing of others',
  },
  {
    name: 'max-body-mb',
    of: number(0.001, 1_024),
    default: '32',
    placeholder: 'N',
    group: 'Limits',
    help: 'of one request as it is sent; more is 413',
  },
  {
    name: 'max-profile-mb',
    of: number(0.001, 1_024),
    default: '64',
    placeholder: 'N',
    group: 'Limits',
    help: 'of one profile after decompression; more is 413',
  },
  {
    name: 'max-merge',
    of: whole(1, 1_000_000),
    default: '10000',
    placeholder: 'N',
    group: 'Limits',
    help: 'profiles that one merge adds up; more is 422',
  },
  {
    name: 'max-requests',
    of: whole(1, 10_000),
    default: '64',
    placeholder: 'N',
    group: 'Limits',
    help: 'requests that are worked on at once; more is 503',
  },
  {
    name: 'write-rate',
    of: whole(0, 1_000_000),
    default: '1000',
    placeholder: 'N',
    group: 'Limits',
    help: 'uploads per second of one client; more is 429; 0 is no limit',
  },
  {
    name: 'request-timeout',
    of: duration(100, HOUR_MS),
    default: '60s',
    placeholder: 'D',
    group: 'Limits',
    help: 'for a request to come in whole (else 408), and for its answer (else 503)',
  },
  {
    name: 'shutdown-timeout',
    of: duration(0, HOUR_MS),
    default: '20s',
    placeholder: 'D',
    group: 'Operation',
    help: 'for requests that run when the server is stopped',
  },
  {
    name: 'instance-name',
    of: text,
    default: 'spybridge',
    placeholder: 'NAME',
    group: 'Operation',
    help: 'name in every log line',
  },
  {
    name: 'log-level',
    of: choice('error', 'warn', 'info', 'debug', 'trace'),
    default: 'info',
    placeholder: 'LEVEL',
    group: 'Operation',
    help: 'least serious lines to log; -v is debug: a line per request',
  },
  {
    name: 'log-format',
    of: choice('auto', 'json', 'pretty'),
    default: 'auto',
    placeholder: 'FORMAT',
    group: 'Operation',
    help: 'auto is pretty on a terminal and JSON elsewhere',
  },
  { name: 'config', of: text, placeholder: 'FILE', group: 'Operation', help: 'YAML file with these options' },
] as const satisfies readonly OptionSpec[];

export type ServeOptionName = (typeof serveOptionTable)[number]['name'];

export const serveOptionSpecs: readonly OptionSpec[] = serveOptionTable;
