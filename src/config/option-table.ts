// The one list of the bridge's options. Flags, environment names, config file keys, help and docs/configuration.md come from it.

export type OptionKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'texts' }
  | { readonly kind: 'switch' }
  /** `10s`, `500ms`, `1m30s`; a bare number is seconds. */
  | { readonly kind: 'duration'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly isWhole: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[] };

export interface OptionSpec {
  /** Without the dashes; also the key in a config file. */
  readonly name: string;
  readonly of: OptionKind;
  /** As the user would write it; undefined where the option is optional. */
  readonly default?: string | boolean | readonly string[];
  readonly placeholder?: string;
  readonly help: string;
  readonly aliases?: readonly string[];
  /** Established names that are accepted besides SPYBRIDGE_<NAME>. */
  readonly env?: readonly string[];
  readonly isSecret?: boolean;
  readonly group: 'Server' | 'Tags' | 'Delivery' | 'Sampler' | 'Operation';
}

const text: OptionKind = { kind: 'text' };
const texts: OptionKind = { kind: 'texts' };
const onOff: OptionKind = { kind: 'switch' };
const duration = (minMs: number, maxMs: number): OptionKind => ({ kind: 'duration', minMs, maxMs });
const whole = (min: number, max: number): OptionKind => ({ kind: 'number', min, max, isWhole: true });
const number = (min: number, max: number): OptionKind => ({ kind: 'number', min, max, isWhole: false });
const choice = (...choices: readonly string[]): OptionKind => ({ kind: 'choice', choices });

const HOUR_MS = 3_600_000;

const optionTable = [
  {
    name: 'pyroscope',
    of: text,
    placeholder: 'URL',
    group: 'Server',
    env: ['PYROSCOPE_SERVER_ADDRESS'],
    help: 'Pyroscope server',
  },
  {
    name: 'pyroscope-auth',
    of: text,
    placeholder: 'TOKEN',
    group: 'Server',
    isSecret: true,
    env: ['PYROSCOPE_AUTH_TOKEN'],
    help: 'bearer token',
  },
  {
    name: 'pyroscope-auth-file',
    of: text,
    placeholder: 'FILE',
    group: 'Server',
    help: 'file that holds the bearer token',
  },
  {
    name: 'pyroscope-basic-auth',
    of: text,
    placeholder: 'USER:PASSWORD',
    group: 'Server',
    isSecret: true,
    help: 'basic authentication',
  },
  {
    name: 'pyroscope-tenant',
    of: text,
    placeholder: 'ID',
    group: 'Server',
    env: ['PYROSCOPE_TENANT_ID'],
    help: 'tenant (X-Scope-OrgID)',
  },
  {
    name: 'pyroscope-timeout',
    of: duration(100, HOUR_MS),
    default: '10s',
    placeholder: 'D',
    group: 'Server',
    aliases: ['pyroscope-timeput'],
    help: 'limit of one request',
  },
  {
    name: 'pyroscope-workers',
    of: whole(1, 64),
    default: '5',
    placeholder: 'N',
    group: 'Server',
    help: 'concurrent uploads',
  },
  {
    name: 'pyroscope-api',
    of: choice('auto', 'push', 'ingest'),
    default: 'auto',
    placeholder: 'API',
    group: 'Server',
    help: 'push (pprof with files and lines), ingest (folded), or auto: push where the server has it',
  },
  {
    name: 'require-healthy',
    of: onOff,
    default: false,
    group: 'Server',
    help: 'do not start (exit 69) while the server cannot be reached',
  },
  {
    name: 'app',
    of: text,
    placeholder: 'NAME',
    group: 'Tags',
    env: ['PYROSCOPE_APPLICATION_NAME'],
    help: 'application (service_name)',
  },
  {
    name: 'tag',
    of: texts,
    placeholder: 'NAME=VALUE',
    group: 'Tags',
    env: ['PYROSCOPE_LABELS'],
    help: 'tag, fixed or with a template: \'uri={{ "glopeek server.REQUEST_URI" "regex" "replacement" }}\'; repeatable',
  },
  { name: 'tag-entrypoint', of: onOff, default: false, group: 'Tags', help: 'add the tag entrypoint=FILE' },
  {
    name: 'keep-entrypoint-name',
    of: onOff,
    default: true,
    group: 'Tags',
    help: 'name the root frame with its file',
  },
  {
    name: 'entrypoint',
    of: texts,
    placeholder: 'GLOB',
    group: 'Tags',
    help: 'profile only these entry files; repeatable',
  },
  {
    name: 'max-tag-values',
    of: whole(1, 100_000),
    default: '1000',
    placeholder: 'N',
    group: 'Tags',
    help: 'values per templated tag; later ones become "other"',
  },
  {
    name: 'rate-mb',
    of: number(0, 10_000),
    default: '4',
    placeholder: 'MB',
    group: 'Delivery',
    help: 'upload limit in MiB per second, uncompressed; 0 is no limit',
  },
  {
    name: 'rate-burst-mb',
    of: number(0.01, 10_000),
    default: '6',
    placeholder: 'MB',
    group: 'Delivery',
    aliases: ['rate-mb-burst'],
    help: 'MiB that may go at once',
  },
  {
    name: 'flush-interval',
    of: duration(100, 300_000),
    default: '10s',
    placeholder: 'D',
    group: 'Delivery',
    help: 'length of a window',
  },
  {
    name: 'queue-mb',
    of: number(0.1, 10_000),
    default: '64',
    placeholder: 'MB',
    group: 'Delivery',
    help: 'memory for batches that wait',
  },
  {
    name: 'spool',
    of: text,
    placeholder: 'DIR',
    group: 'Delivery',
    help: 'keep batches on disk until they are delivered, and deliver at the next start what an earlier run left there',
  },
  {
    name: 'spool-mb',
    of: whole(1, 1_000_000),
    default: '256',
    placeholder: 'MB',
    group: 'Delivery',
    help: 'disk space for the spool; the oldest batches make room',
  },
  {
    name: 'shutdown-timeout',
    of: duration(0, HOUR_MS),
    default: '20s',
    placeholder: 'D',
    group: 'Delivery',
    help: 'time to deliver what is left at the end',
  },
  {
    name: 'restart',
    of: choice('always', 'onerror', 'onsuccess', 'no'),
    default: 'no',
    placeholder: 'POLICY',
    group: 'Sampler',
    help: 'start the sampler again when it ends: always, onerror, onsuccess, no',
  },
  {
    name: 'input',
    of: choice('auto', 'phpspy', 'folded', 'stream'),
    default: 'auto',
    placeholder: 'FORMAT',
    group: 'Sampler',
    help: "format of the sampler's output; auto tells by its first bytes",
  },
  {
    name: 'sample-rate',
    of: number(0.01, 100_000),
    placeholder: 'HZ',
    group: 'Sampler',
    help: "samples per second, where the sampler's arguments don't tell",
  },
  {
    name: 'profile-type',
    of: choice('wall', 'cpu'),
    placeholder: 'TYPE',
    group: 'Sampler',
    help: "what a sample stands for: wall or cpu; else the sampler's truth",
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
    name: 'stats-interval',
    of: duration(100, HOUR_MS),
    default: '10s',
    placeholder: 'D',
    group: 'Operation',
    help: 'time between two statistics lines',
  },
  {
    name: 'http-listen',
    of: text,
    placeholder: 'ADDR',
    group: 'Operation',
    help: '/metrics, /healthz and /readyz there; a bare port is on loopback',
  },
  {
    name: 'log-level',
    of: choice('error', 'warn', 'info', 'debug', 'trace'),
    default: 'info',
    placeholder: 'LEVEL',
    group: 'Operation',
    help: 'least serious lines to log; -v is debug, -vv trace',
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

export type OptionName = (typeof optionTable)[number]['name'];

export const optionSpecs: readonly OptionSpec[] = optionTable;

/** SPYBRIDGE_PYROSCOPE_AUTH for pyroscope-auth. */
export function envNameOf(name: string): string {
  return `SPYBRIDGE_${name.toUpperCase().replaceAll('-', '_')}`;
}
