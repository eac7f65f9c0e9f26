// A command's options as commander knows them, and what the user gave of them.
import { Option } from 'commander';
import type { Command } from 'commander';
import type { OptionSpec } from '../config/option-spec.ts';
import { envNameOf, optionSpecs } from '../config/option-table.ts';
import { serveOptionSpecs } from '../config/serve-option-table.ts';
import type { Source, Written } from '../config/sources.ts';
import { parseValue } from '../config/value.ts';

/** Adds all options; the words behind them (the sampler) are left alone, with and without `--`. */
export function addBridgeOptions(command: Command): Command {
  command.passThroughOptions().argument('[sampler...]', 'the sampler and its arguments');
  return addOptions(command, optionSpecs);
}

export function addOptions(command: Command, specs: readonly OptionSpec[]): Command {
  for (const spec of specs) {
    for (const option of makeOptions(spec)) command.addOption(option);
  }
  return command.option('-v, --verbose', 'log more: -v debug, -vv trace', (_, count: number) => count + 1, 0);
}

function makeOptions(spec: OptionSpec): Option[] {
  const names = [spec.name, ...(spec.aliases ?? [])];
  return names.flatMap((name, i) => {
    const isHidden = i > 0;
    if (spec.of.kind === 'switch') {
      const [on, off] = [new Option(`--${name}`, describe(spec)), new Option(`--no-${name}`)];
      return [
        on.hideHelp(isHidden || spec.default === true).helpGroup(`${spec.group}:`),
        off.hideHelp(spec.default !== true).helpGroup(`${spec.group}:`),
      ];
    }
    const option = new Option(`--${name} <${spec.placeholder ?? 'VALUE'}>`, describe(spec));
    option.argParser((value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value]);
    return [option.hideHelp(isHidden).helpGroup(`${spec.group}:`)];
  });
}

function describe(spec: OptionSpec): string {
  return typeof spec.default === 'string' ? `${spec.help} (default ${spec.default})` : spec.help;
}

/** `--switch=false` becomes `--no-switch`: commander knows switches without values only. Stops at `--`. */
export function spellSwitches(argv: readonly string[]): string[] {
  const specs = [...optionSpecs, ...serveOptionSpecs];
  const switches = new Set(specs.filter((spec) => spec.of.kind === 'switch').map((spec) => spec.name));
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, i) => {
    const [, name, text] = /^--([a-z-]+)=(.*)$/.exec(word) ?? [];
    if (i >= end || name === undefined || text === undefined || !switches.has(name)) return word;
    const parsed = parseValue({ kind: 'switch' }, text);
    if (!('value' in parsed)) return word;
    return parsed.value === true ? `--${name}` : `--no-${name}`;
  });
}

/** What was given on the command line, by option name. */
export function readFlags(command: Command, specs: readonly OptionSpec[] = optionSpecs): Source {
  const flags = new Map<string, Written>();
  for (const spec of specs) {
    for (const name of [spec.name, ...(spec.aliases ?? [])]) {
      const key = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      if (command.getOptionValueSource(key) !== 'cli') continue;
      const value: unknown = command.getOptionValue(key);
      const texts = Array.isArray(value) ? value.map(String) : [String(value)];
      flags.set(spec.name, { texts, origin: `--${name}` });
    }
  }
  const verbosity = Number(command.getOptionValue('verbose'));
  if (verbosity > 0) flags.set('log-level', { texts: [verbosity > 1 ? 'trace' : 'debug'], origin: '-v' });
  return flags;
}

/** Environment names for `--help`. */
export function describeEnvironment(example: string): string {
  return `Every option is also read from the environment (${envNameOf(example)} for --${example}) and from --config FILE.`;
}
