// phpspy's command line, read as getopt_long reads it: `-H25`, `-H 25`, `--rate-hz=25`, `--rate-hz 25`, `--rate 25`, `-cH25`.

/** Long name -> short name; true where a value follows. Facts of phpspy 0.8.0. */
const options = {
  help: ['h', false],
  pid: ['p', true],
  pgrep: ['P', true],
  threads: ['T', true],
  'sleep-ns': ['s', true],
  'rate-hz': ['H', true],
  'php-version': ['V', true],
  limit: ['l', true],
  'time-limit-ms': ['i', true],
  'max-depth': ['n', true],
  'request-info': ['r', true],
  'memory-usage': ['m', false],
  output: ['o', true],
  'child-stdout': ['O', true],
  'child-stderr': ['E', true],
  'addr-executor-globals': ['x', true],
  'addr-sapi-globals': ['a', true],
  'single-line': ['1', false],
  'buffer-size': ['b', true],
  filter: ['f', true],
  'filter-negate': ['F', true],
  'verbose-fields': ['d', true],
  'continue-on-error': ['c', false],
  quiet: ['q', false],
  'event-handler': ['j', true],
  'event-handler-opts': ['J', true],
  comment: ['#', true],
  nothing: ['@', false],
  version: ['v', false],
  'pause-process': ['S', false],
  'peek-var': ['e', true],
  'peek-global': ['g', true],
  top: ['t', false],
  'libname-awk-patt': ['w', true],
} as const satisfies Record<string, readonly [short: string, takesValue: boolean]>;

export type PhpspyOption = keyof typeof options;

const names = Object.keys(options) as PhpspyOption[];
const byShort = new Map<string, PhpspyOption>(names.map((name) => [options[name][0], name]));

/** Option -> its last value ('' for switches), in the order of those. Stops at `--` or the first word that is no option. */
export function readPhpspyOptions(args: readonly string[]): ReadonlyMap<PhpspyOption, string> {
  const found = new Map<PhpspyOption, string>();
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--' || !word.startsWith('-') || word === '-') break;
    if (word.startsWith('--')) i += readLong(word.slice(2), args[i + 1], found);
    else i += readShort(word.slice(1), args[i + 1], found);
  }
  return found;
}

/** Returns how many further words it used. */
function readLong(word: string, next: string | undefined, found: Map<PhpspyOption, string>): number {
  const equals = word.indexOf('=');
  const text = equals < 0 ? word : word.slice(0, equals);
  const name = names.find((known) => known === text) ?? onlyStartingWith(text);
  if (name === undefined) return 0;
  const takesValue = options[name][1];
  if (equals >= 0 || !takesValue) {
    setLast(found, name, equals < 0 ? '' : word.slice(equals + 1));
    return 0;
  }
  setLast(found, name, next ?? '');
  return 1;
}

/** getopt_long takes a beginning that only one option has. */
function onlyStartingWith(text: string): PhpspyOption | undefined {
  const starting = names.filter((name) => name.startsWith(text));
  return starting.length === 1 ? starting[0] : undefined;
}

function readShort(letters: string, next: string | undefined, found: Map<PhpspyOption, string>): number {
  for (let at = 0; at < letters.length; at++) {
    const name = byShort.get(letters[at]!);
    if (name === undefined) continue;
    if (!options[name][1]) {
      setLast(found, name, '');
      continue;
    }
    const attached = letters.slice(at + 1);
    setLast(found, name, attached === '' ? (next ?? '') : attached);
    return attached === '' ? 1 : 0;
  }
  return 0;
}

function setLast(found: Map<PhpspyOption, string>, name: PhpspyOption, value: string): void {
  found.delete(name);
  found.set(name, value);
}
