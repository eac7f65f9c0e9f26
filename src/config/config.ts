// The configuration of a bridge, checked, with units in the names, and where each value came from.
import { readFileSync } from 'node:fs';
import { SpybridgeError } from '../model/errors.ts';
import type { ProfileType } from '../model/profile.ts';
import { optionSpecs } from './option-table.ts';
import type { OptionName } from './option-table.ts';
import { readSources } from './sources.ts';
import type { Source, Written } from './sources.ts';
import { Values } from './values.ts';

export interface Config {
  readonly pyroscope: URL | undefined;
  readonly authToken: string | undefined;
  readonly basicAuth: { readonly user: string; readonly password: string } | undefined;
  readonly tenant: string | undefined;
  readonly timeoutMs: number;
  readonly workers: number;
  readonly api: 'auto' | 'push' | 'ingest';
  readonly requireHealthy: boolean;
  readonly app: string | undefined;
  readonly tags: readonly string[];
  readonly tagEntrypoint: boolean;
  readonly keepEntrypointName: boolean;
  readonly entryPoints: readonly string[];
  readonly maxTagValues: number;
  readonly spanLabels: 'off' | 'span' | 'both';
  /** Templates; undefined takes the id of the traceparent. */
  readonly spanId: string | undefined;
  readonly traceId: string | undefined;
  readonly rateBytesPerSecond: number;
  readonly burstBytes: number;
  readonly flushIntervalMs: number;
  readonly queueBytes: number;
  readonly spoolFolder: string | undefined;
  readonly spoolBytes: number;
  readonly shutdownTimeoutMs: number;
  readonly restart: 'always' | 'onerror' | 'onsuccess' | 'no';
  readonly input: 'auto' | 'phpspy' | 'folded' | 'stream';
  readonly sampleRateHz: number | undefined;
  readonly profileType: ProfileType | undefined;
  readonly instanceName: string;
  readonly statsIntervalMs: number;
  readonly httpListen: string | undefined;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug' | 'trace';
  readonly logFormat: 'auto' | 'json' | 'pretty';
  /** What was written for each option, and where; options at their default are not in it. */
  readonly given: ReadonlyMap<string, Written>;
}

type BridgeValues = Values<OptionName>;

const MIB = 1_048_576;

/** Throws SpybridgeError('config' | 'usage'): one sentence with the option, the value and the way out. */
export function loadConfig(flags: Source, env: Readonly<Record<string, string | undefined>>): Config {
  const values = new Values<OptionName>(optionSpecs, readSources(optionSpecs, flags, env));
  const auth = readAuth(values);
  return {
    ...auth,
    pyroscope: readUrl(values),
    tenant: checkHeader(values, 'pyroscope-tenant', values.text('pyroscope-tenant')),
    timeoutMs: values.number('pyroscope-timeout'),
    workers: values.number('pyroscope-workers'),
    api: values.optional('pyroscope-api') as Config['api'],
    requireHealthy: values.switch('require-healthy'),
    app: values.text('app'),
    tags: values.texts('tag'),
    tagEntrypoint: values.switch('tag-entrypoint'),
    keepEntrypointName: values.switch('keep-entrypoint-name'),
    entryPoints: values.texts('entrypoint'),
    maxTagValues: values.number('max-tag-values'),
    spanLabels: values.optional('span-labels') as Config['spanLabels'],
    spanId: values.text('span-id'),
    traceId: values.text('trace-id'),
    rateBytesPerSecond: values.number('rate-mb') * MIB,
    burstBytes: values.number('rate-burst-mb') * MIB,
    flushIntervalMs: values.number('flush-interval'),
    queueBytes: values.number('queue-mb') * MIB,
    spoolFolder: values.text('spool'),
    spoolBytes: values.number('spool-mb') * MIB,
    shutdownTimeoutMs: values.number('shutdown-timeout'),
    restart: values.optional('restart') as Config['restart'],
    input: values.optional('input') as Config['input'],
    sampleRateHz: values.optional('sample-rate') as number | undefined,
    profileType: values.optional('profile-type') as ProfileType | undefined,
    instanceName: values.text('instance-name') ?? 'spybridge',
    statsIntervalMs: values.number('stats-interval'),
    httpListen: values.text('http-listen'),
    logLevel: values.optional('log-level') as Config['logLevel'],
    logFormat: values.optional('log-format') as Config['logFormat'],
    given: values.given,
  };
}

function readUrl(values: BridgeValues): URL | undefined {
  const text = values.text('pyroscope');
  if (text === undefined) return undefined;
  const hint = 'Write for example http://pyroscope:4040.';
  if (!URL.canParse(text)) {
    // What can't be parsed may hold a password anywhere.
    const shown = /[@?]/.test(text) ? '' : ` (${text})`;
    throw new SpybridgeError('config', `${values.originOf('pyroscope')}${shown}: it is not a URL.`, { hint });
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw values.refused('pyroscope', 'only http and https are spoken', hint);
  }
  if (url.username !== '' || url.password !== '') {
    // The value is not shown: it holds the password.
    throw new SpybridgeError(
      'config',
      `${values.originOf('pyroscope')}: a URL with credentials is not taken.`,
      {
        hint: 'Use --pyroscope-basic-auth, --pyroscope-auth or --pyroscope-auth-file.',
      },
    );
  }
  return url;
}

function readAuth(values: BridgeValues): Pick<Config, 'authToken' | 'basicAuth'> {
  const kinds = ['pyroscope-auth', 'pyroscope-auth-file', 'pyroscope-basic-auth'] as const;
  const [token, file, basic] = values.textsOfFirst(kinds);
  if ([token, file, basic].filter((value) => value !== undefined).length > 1) {
    throw new SpybridgeError('config', 'There is more than one kind of credentials.', {
      hint: 'Give one of --pyroscope-auth, --pyroscope-auth-file and --pyroscope-basic-auth.',
    });
  }
  if (basic !== undefined && !basic.includes(':')) {
    throw values.refused('pyroscope-basic-auth', 'there is no ":" in it', 'Write USER:PASSWORD.');
  }
  const colon = basic?.indexOf(':') ?? -1;
  return {
    authToken: checkHeader(
      values,
      'pyroscope-auth',
      token ?? (file === undefined ? undefined : readToken(values, file)),
    ),
    basicAuth:
      basic === undefined ? undefined : { user: basic.slice(0, colon), password: basic.slice(colon + 1) },
  };
}

/** A header can't hold control characters; undici would throw at the first upload. */
function checkHeader(values: BridgeValues, name: OptionName, text: string | undefined): string | undefined {
  if (text === undefined || /^[\x20-\x7e]+$/.test(text)) return text;
  throw values.refused(
    name,
    'a header holds printable ASCII characters only',
    'Check what was copied there.',
  );
}

function readToken(values: BridgeValues, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw values.refused('pyroscope-auth-file', 'the file cannot be read', 'Check the path and the rights.');
  }
}
