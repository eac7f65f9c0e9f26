// phpspy's command line, read as getopt_long reads it: `-H25`, `-H 25`, `--rate-hz=25`, `--rate-hz 25`, `--rate 25`, `-cH25`.

/** Long name -> short name ('' for none); true where a value follows. */
type OptionTable = Record<string, readonly [short: string, takesValue: boolean]>;

/** Facts of phpspy 0.8.0. */
const phpspyTable = {
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
} as const satisfies OptionTable;

/** What the bundled sampler has besides. */
const bundledTable = {
  ...phpspyTable,
  comm: ['', true],
  cmdline: ['', true],
  exe: ['', true],
  cgroup: ['', true],
  'children-of': ['', true],
  mode: ['', true],
  'max-cpu': ['', true],
  lines: ['', false],
  redact: ['', false],
  format: ['', true],
  user: ['', true],
} as const satisfies OptionTable;

export type PhpspyOption = keyof typeof phpspyTable;
export type BundledOption = keyof typeof bundledTable;

/** Option -> its last value ('' for switches), in the order of those. Stops at `--` or the first word that is no option. */
export function readPhpspyOptions(args: readonly string[]): ReadonlyMap<PhpspyOption, string> {
  return new OptionReader<PhpspyOption>(phpspyTable).read(args);
}

/** The same for the bundled sampler. */
export function readBundledOptions(args: readonly string[]): ReadonlyMap<BundledOption, string> {
  return new OptionReader<BundledOption>(bundledTable).read(args);
}

class OptionReader<Name extends string> {
  private readonly table: Readonly<Record<Name, readonly [short: string, takesValue: boolean]>>;
  private readonly names: readonly Name[];
  private readonly found = new Map<Name, string>();

  constructor(table: Readonly<Record<Name, readonly [short: string, takesValue: boolean]>>) {
    this.table = table;
    this.names = Object.keys(table) as Name[];
  }

  read(args: readonly string[]): ReadonlyMap<Name, string> {
    for (let i = 0; i < args.length; i++) {
      const word = args[i]!;
      if (word === '--' || !word.startsWith('-') || word === '-') break;
      if (word.startsWith('--')) i += this.readLong(word.slice(2), args[i + 1]);
      else i += this.readShort(word.slice(1), args[i + 1]);
    }
    return this.found;
  }

  /** Returns how many further words it used. */
  private readLong(word: string, next: string | undefined): number {
    const equals = word.indexOf('=');
    const text = equals < 0 ? word : word.slice(0, equals);
    const name = this.names.find((known) => known === text) ?? this.onlyStartingWith(text);
    if (name === undefined) return 0;
    const takesValue = this.table[name][1];
    if (equals >= 0 || !takesValue) {
      this.setLast(name, equals < 0 ? '' : word.slice(equals + 1));
      return 0;
    }
    this.setLast(name, next ?? '');
    return 1;
  }

  /** getopt_long takes a beginning that only one option has. */
  private onlyStartingWith(text: string): Name | undefined {
    const starting = this.names.filter((name) => name.startsWith(text));
    return starting.length === 1 ? starting[0] : undefined;
  }

  private readShort(letters: string, next: string | undefined): number {
    for (let at = 0; at < letters.length; at++) {
      const name = this.names.find((known) => this.table[known][0] === letters[at]);
      if (name === undefined) continue;
      if (!this.table[name][1]) {
        this.setLast(name, '');
        continue;
      }
      const attached = letters.slice(at + 1);
      this.setLast(name, attached === '' ? (next ?? '') : attached);
      return attached === '' ? 1 : 0;
    }
    return 0;
  }

  private setLast(name: Name, value: string): void {
    this.found.delete(name);
    this.found.set(name, value);
  }
}
