// Where values come from: flags, environment, config file, defaults, in this order. Each value keeps its origin for messages.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ParsedNode } from 'yaml';
import { SpybridgeError } from '../model/errors.ts';
import { envNameOf } from './option-table.ts';
import type { OptionSpec } from './option-spec.ts';

/** What the user wrote for one option, and where. */
export interface Written {
  readonly texts: readonly string[];
  /** `--rate-mb`, `SPYBRIDGE_RATE_MB` or `file.yaml:7`. */
  readonly origin: string;
}

/** Loaded when there is a file to read: it takes a fifth of the start-up time. */
const loadYaml = (): typeof import('yaml') => createRequire(import.meta.url)('yaml') as typeof import('yaml');

export type Source = ReadonlyMap<string, Written>;

type Environment = Readonly<Record<string, string | undefined>>;
type Specs = readonly OptionSpec[];

/** Flags, then the environment, then the file that either of them names. Throws SpybridgeError('config'). */
export function readSources(specs: Specs, flags: Source, env: Environment): readonly Source[] {
  const environment = readEnvironment(specs, env);
  const file = (flags.get('config') ?? environment.get('config'))?.texts[0];
  return [flags, environment, ...(file === undefined ? [] : [readConfigFile(specs, file)])];
}

function readEnvironment(specs: Specs, env: Environment): Source {
  const found = new Map<string, Written>();
  for (const spec of specs) {
    for (const name of [envNameOf(spec.name), ...(spec.env ?? [])]) {
      const text = env[name];
      if (text === undefined || text === '') continue;
      found.set(spec.name, {
        texts: spec.of.kind === 'texts' ? splitList(name, text) : [text],
        origin: name,
      });
      break;
    }
  }
  const user = env['PYROSCOPE_BASIC_AUTH_USER'];
  const password = env['PYROSCOPE_BASIC_AUTH_PASSWORD'];
  if (user !== undefined && password !== undefined && !found.has('pyroscope-basic-auth')) {
    found.set('pyroscope-basic-auth', {
      texts: [`${user}:${password}`],
      origin: 'PYROSCOPE_BASIC_AUTH_USER',
    });
  }
  return found;
}

/** Lists hold one entry per line; PYROSCOPE_LABELS is Pyroscope's own form, `a=b,c=d`. */
function splitList(name: string, text: string): string[] {
  return text.split(name === 'PYROSCOPE_LABELS' ? ',' : '\n').filter((part) => part.trim() !== '');
}

/** Throws SpybridgeError('config') naming the file and line. */
function readConfigFile(specs: Specs, file: string): Source {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new SpybridgeError('config', `The configuration file ${file} ${reason}.`, {
      hint: 'Check the path after --config.',
      cause: error,
    });
  }
  return parseConfig(specs, file, text);
}

function parseConfig(specs: Specs, file: string, text: string): Source {
  const { isMap, LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`;
  const [error] = document.errors;
  if (error !== undefined) throw refused(at(error.pos[0]), `it is not YAML: ${error.message}`);
  const found = new Map<string, Written>();
  const root: ParsedNode | null = document.contents;
  if (root === null) return found;
  if (!isMap(root)) throw refused(at(root.range[0]), 'it must hold `option: value` lines');
  for (const { key, value } of root.items) {
    const name = scalarText(key) ?? '';
    const origin = at(key.range[0]);
    const spec = specs.find((known) => known.name === name || known.aliases?.includes(name));
    if (spec === undefined || name === 'config') throw unknownKey(specs, origin, name);
    found.set(spec.name, { texts: textsOf(value, spec, origin), origin });
  }
  return found;
}

function textsOf(node: ParsedNode | null, spec: OptionSpec, origin: string): string[] {
  const text = scalarText(node);
  if (text !== undefined) return [text];
  const { isMap, isScalar, isSeq } = loadYaml();
  if (spec.of.kind === 'texts' && isSeq(node) && node.items.every(isScalar)) {
    return node.items.map((item) => scalarText(item) ?? '');
  }
  if (spec.name === 'tag' && isMap(node)) {
    return node.items.map(({ key, value }) => `${scalarText(key) ?? ''}=${scalarText(value) ?? ''}`);
  }
  throw refused(
    origin,
    spec.of.kind === 'texts' ? `${spec.name} must be a list` : `${spec.name} must be one value`,
  );
}

/** The text of a plain value; numbers and booleans as they are written. */
function scalarText(node: unknown): string | undefined {
  const { isScalar } = loadYaml();
  if (!isScalar(node) || node.value === null) return undefined;
  const { value, source } = node;
  return source ?? (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
}

function unknownKey(specs: Specs, origin: string, name: string): SpybridgeError {
  const near = nearestName(specs, name);
  return refused(
    origin,
    `there is no option "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  );
}

/** The option with the most letters in common, if it is at all alike. */
function nearestName(specs: Specs, name: string): string | undefined {
  const pairs = (text: string): Set<string> =>
    new Set(Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2)));
  const wanted = pairs(name);
  const scored = specs.map((spec) => {
    const own = pairs(spec.name);
    const shared = [...own].filter((pair) => wanted.has(pair)).length;
    return { name: spec.name, score: (2 * shared) / (own.size + wanted.size) };
  });
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0.4 ? best.name : undefined;
}

function refused(where: string, reason: string): SpybridgeError {
  return new SpybridgeError('config', `${where}: ${reason}${reason.endsWith('?') ? '' : '.'}`, {
    hint: 'docs/configuration.md lists all options.',
  });
}
