// The configuration of a server, checked, with units in the names; its files are read, so that nothing is wrong later.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { SpybridgeError } from '../model/errors.ts';
import type { Config } from './config.ts';
import { serveOptionSpecs } from './serve-option-table.ts';
import type { ServeOptionName } from './serve-option-table.ts';
import type { Source } from './sources.ts';
import { readSources } from './sources.ts';
import { Values } from './values.ts';

const STORAGES = ['lmdb', 's3', 'gcs', 'clickhouse'] as const;

export type StorageKind = (typeof STORAGES)[number];

export interface ServeConfig extends Pick<Config, 'instanceName' | 'logLevel' | 'logFormat'> {
  readonly listen: string;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly dataFolder: string;
  /** At least one, each once: the first answers. */
  readonly storages: readonly StorageKind[];
  /** Of the embedded store; 0 keeps all. */
  readonly retentionMs: number;
  /** Of buckets and ClickHouse; 0 keeps all. */
  readonly remoteRetentionMs: number;
  /** 0 is no limit. */
  readonly retentionBytes: number;
  /** Nobody has said how much it is: a small disk makes it less. */
  readonly fitsDisk: boolean;
  readonly s3: { readonly bucket: string | undefined; readonly region: string; readonly endpoint?: string };
  readonly gcs: { readonly bucket: string | undefined; readonly endpoint?: string };
  readonly clickHouse: {
    readonly url: string | undefined;
    readonly username?: string;
    readonly password?: string;
    readonly database?: string;
  };
  /** Empty where profiles of profefe are not looked for. */
  readonly profefeTenant: { readonly profefeTenant?: string };
  /** None: a scope is open. */
  readonly writeTokens: readonly string[];
  readonly readTokens: readonly string[];
  readonly multiTenant: boolean;
  readonly bodyBytes: number;
  readonly rawBytes: number;
  readonly mergedProfiles: number;
  readonly maxRequests: number;
  /** 0 is no limit. */
  readonly writesPerSecond: number;
  readonly requestTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

const MIB = 1_048_576;

type ServeValues = Values<ServeOptionName>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Throws SpybridgeError('config'): one sentence with the option, the value and the way out. */
export function loadServeConfig(flags: Source, env: Environment): ServeConfig {
  const values: ServeValues = new Values(serveOptionSpecs, readSources(serveOptionSpecs, flags, env));
  return {
    listen: values.text('listen')!,
    tls: readTls(values),
    dataFolder: values.text('data') ?? defaultDataFolder(env),
    retentionMs: values.number('retention'),
    // What lies in somebody's bucket or database is not deleted by a default.
    remoteRetentionMs: values.given.has('retention') ? values.number('retention') : 0,
    retentionBytes: values.number('retention-mb') * MIB,
    fitsDisk: !values.given.has('retention-mb'),
    ...readStorage(values),
    writeTokens: readTokens(values, 'write-token-file'),
    readTokens: readTokens(values, 'read-token-file'),
    multiTenant: values.switch('multi-tenant'),
    bodyBytes: values.number('max-body-mb') * MIB,
    rawBytes: values.number('max-profile-mb') * MIB,
    mergedProfiles: values.number('max-merge'),
    maxRequests: values.number('max-requests'),
    writesPerSecond: values.number('write-rate'),
    requestTimeoutMs: values.number('request-timeout'),
    shutdownTimeoutMs: values.number('shutdown-timeout'),
    instanceName: values.text('instance-name')!,
    logLevel: values.optional('log-level') as Config['logLevel'],
    logFormat: values.optional('log-format') as Config['logFormat'],
  };
}

/** https://specifications.freedesktop.org/basedir-spec: a relative XDG_STATE_HOME counts as none. */
function defaultDataFolder(env: Environment): string {
  const stateHome = env['XDG_STATE_HOME'] ?? '';
  const base = path.isAbsolute(stateHome) ? stateHome : path.join(env['HOME'] ?? homedir(), '.local/state');
  return path.join(base, 'spybridge');
}

function readStorage(
  values: ServeValues,
): Pick<ServeConfig, 'storages' | 's3' | 'gcs' | 'clickHouse' | 'profefeTenant'> {
  const names = values
    .text('storage')!
    .split(',')
    .map((name) => name.trim());
  const storages = STORAGES.filter((kind) => names.includes(kind));
  if (storages.length !== names.length) {
    const hint = 'Write for example lmdb, or lmdb,s3.';
    throw values.refused('storage', `it must be a list of ${STORAGES.join(', ')}, each once`, hint);
  }
  refuseSize(values, storages);
  const passwordFile = values.text('clickhouse-password-file');
  const password =
    passwordFile === undefined
      ? undefined
      : readText(values, 'clickhouse-password-file', passwordFile).trim();
  return {
    storages: names as StorageKind[],
    s3: {
      bucket: values.text('s3-bucket'),
      region: values.text('s3-region')!,
      ...given('endpoint', readAddress(values, 's3-endpoint')),
    },
    gcs: { bucket: values.text('gcs-bucket'), ...given('endpoint', readAddress(values, 'gcs-endpoint')) },
    clickHouse: {
      url: readAddress(values, 'clickhouse-url'),
      ...given('username', values.text('clickhouse-user')),
      ...given('password', password),
      ...given('database', values.text('clickhouse-database')),
    },
    profefeTenant: given('profefeTenant', values.text('profefe-tenant')),
  };
}

/** The value is not told: a password may be in it. */
function readAddress(
  values: ServeValues,
  name: 's3-endpoint' | 'gcs-endpoint' | 'clickhouse-url',
): string | undefined {
  const address = values.text(name);
  if (address === undefined || (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)))
    return address;
  throw new SpybridgeError('config', `${values.originOf(name)}: it is no address of a server.`, {
    hint: 'Write for example http://127.0.0.1:9000.',
  });
}

/** Only the embedded store knows what its profiles take; the others are somebody's storage, with limits of their own. */
function refuseSize(values: ServeValues, storages: readonly StorageKind[]): void {
  if (storages.includes('lmdb') || !values.given.has('retention-mb') || values.number('retention-mb') === 0)
    return;
  const hint = 'Give an age with --retention, or leave the size to the storage.';
  throw values.refused('retention-mb', 'only lmdb can be kept to a size', hint);
}

/** A property, where there is a value for it. */
function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<Name, string>>);
}

function readTls(values: ServeValues): ServeConfig['tls'] {
  const [cert, key] = [values.text('tls-cert'), values.text('tls-key')];
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new SpybridgeError('config', 'A certificate needs its key, and a key its certificate.', {
      hint: 'Give both --tls-cert and --tls-key.',
    });
  }
  return { cert: readText(values, 'tls-cert', cert), key: readText(values, 'tls-key', key) };
}

/** One token per line; lines that begin with # are for people. */
function readTokens(values: ServeValues, name: 'write-token-file' | 'read-token-file'): readonly string[] {
  const file = values.text(name);
  if (file === undefined) return [];
  const lines = readText(values, name, file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  // An empty file must not open what it was to close.
  if (lines.length === 0) throw values.refused(name, 'there is no token in it', 'Write one token per line.');
  if (!lines.every((line) => /^[\x21-\x7e]+$/.test(line)))
    throw values.refused(name, 'a token holds printable ASCII characters only', 'Write one token per line.');
  return lines;
}

function readText(values: ServeValues, name: ServeOptionName, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw values.refused(name, 'the file cannot be read', 'Check the path and the rights.');
  }
}
