// The configuration of a bridge, checked, with units in the names, and where each value came from.
import { readFileSync } from 'node:fs';
import { SpybridgeError } from '../model/errors.ts';
import { cleanText } from '../model/text.ts';
import type { ProfileType } from '../model/profile.ts';
import type { OptionSpec } from './option-spec.ts';
import { optionSpecs } from './option-table.ts';
import type { OptionName } from './option-table.ts';
import { readConfigFile, readEnvironment } from './sources.ts';
import type { Source, Written } from './sources.ts';
import { parseValue } from './value.ts';
import type { Value } from './value.ts';

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

const MIB = 1_048_576;

/** Throws SpybridgeError('config' | 'usage'): one sentence with the option, the value and the way out. */
export function loadConfig(flags: Source, env: Readonly<Record<string, string | undefined>>): Config {
  const environment = readEnvironment(env);
  const file = (flags.get('config') ?? environment.get('config'))?.texts[0];
  const sources = [flags, environment, ...(file === undefined ? [] : [readConfigFile(file)])];
  const values = new Values(sources);
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

/** Reads options by name, from the first source that has them. */
class Values {
  readonly given = new Map<string, Written>();
  private readonly sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    this.sources = sources;
    for (const spec of optionSpecs) {
      const written = this.writtenOf(spec.name);
      if (written !== undefined) this.given.set(spec.name, written);
    }
  }

  optional(name: OptionName): Value | undefined {
    const spec = specOf(name);
    const written = this.writtenOf(name);
    if (written === undefined) return defaultOf(spec);
    if (spec.of.kind === 'texts') return written.texts;
    return parseWritten(spec, written, written.texts.at(-1) ?? '');
  }

  text(name: OptionName): string | undefined {
    return this.optional(name) as string | undefined;
  }

  texts(name: OptionName): readonly string[] {
    return (this.optional(name) as readonly string[] | undefined) ?? [];
  }

  /** The values of options that exclude one another: only those of the first source that has any. */
  textsOfFirst(names: readonly OptionName[]): readonly (string | undefined)[] {
    const source = this.sources.find((candidate) => names.some((name) => candidate.has(name)));
    return names.map((name) => source?.get(name)?.texts.at(-1));
  }

  number(name: OptionName): number {
    return this.optional(name) as number;
  }

  switch(name: OptionName): boolean {
    return this.optional(name) as boolean;
  }

  originOf(name: OptionName): string {
    return this.given.get(name)?.origin ?? `--${name}`;
  }

  refused(name: OptionName, reason: string, hint: string): SpybridgeError {
    const origin = this.originOf(name);
    const shown = specOf(name).isSecret === true ? '' : ` (${cleanText(String(this.optional(name)))})`;
    return new SpybridgeError('config', `${origin}${shown}: ${reason}.`, { hint });
  }

  private writtenOf(name: string): Written | undefined {
    return this.sources.find((source) => source.has(name))?.get(name);
  }
}

function specOf(name: string): OptionSpec {
  return optionSpecs.find((spec) => spec.name === name)!;
}

function defaultOf(spec: OptionSpec): Value | undefined {
  if (typeof spec.default !== 'string') return spec.default;
  const parsed = parseValue(spec.of, spec.default);
  return 'value' in parsed ? parsed.value : undefined;
}

function parseWritten(spec: OptionSpec, { origin }: Written, text: string): Value {
  const parsed = parseValue(spec.of, text);
  if ('value' in parsed) return parsed.value;
  const shown = spec.isSecret === true ? '' : ` "${cleanText(text)}"`;
  throw new SpybridgeError('config', `${origin}${shown} cannot be used: ${parsed.problem}.`, {
    hint: `--${spec.name}: ${spec.help}.`,
  });
}

function readUrl(values: Values): URL | undefined {
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

function readAuth(values: Values): Pick<Config, 'authToken' | 'basicAuth'> {
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
function checkHeader(values: Values, name: OptionName, text: string | undefined): string | undefined {
  if (text === undefined || /^[\x20-\x7e]+$/.test(text)) return text;
  throw values.refused(
    name,
    'a header holds printable ASCII characters only',
    'Check what was copied there.',
  );
}

function readToken(values: Values, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw values.refused('pyroscope-auth-file', 'the file cannot be read', 'Check the path and the rights.');
  }
}
