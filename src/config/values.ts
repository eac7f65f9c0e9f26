// The values of a command's options, each from the first source that has it, with messages that name where it was written.
import { SpybridgeError } from '../model/errors.ts';
import { cleanText } from '../model/text.ts';
import type { OptionSpec } from './option-spec.ts';
import type { Source, Written } from './sources.ts';
import { parseValue } from './value.ts';
import type { Value } from './value.ts';

/** Reads options by name, from the first source that has them. */
export class Values<Name extends string> {
  readonly given = new Map<string, Written>();
  private readonly specs: readonly OptionSpec[];
  private readonly sources: readonly Source[];

  constructor(specs: readonly OptionSpec[], sources: readonly Source[]) {
    this.specs = specs;
    this.sources = sources;
    for (const spec of specs) {
      const written = this.writtenOf(spec.name);
      if (written !== undefined) this.given.set(spec.name, written);
    }
  }

  optional(name: Name): Value | undefined {
    const spec = this.specOf(name);
    const written = this.writtenOf(name);
    if (written === undefined) return defaultOf(spec);
    if (spec.of.kind === 'texts') return written.texts;
    return parseWritten(spec, written, written.texts.at(-1) ?? '');
  }

  text(name: Name): string | undefined {
    return this.optional(name) as string | undefined;
  }

  texts(name: Name): readonly string[] {
    return (this.optional(name) as readonly string[] | undefined) ?? [];
  }

  /** The values of options that exclude one another: only those of the first source that has any. */
  textsOfFirst(names: readonly Name[]): readonly (string | undefined)[] {
    const source = this.sources.find((candidate) => names.some((name) => candidate.has(name)));
    return names.map((name) => source?.get(name)?.texts.at(-1));
  }

  number(name: Name): number {
    return this.optional(name) as number;
  }

  switch(name: Name): boolean {
    return this.optional(name) as boolean;
  }

  originOf(name: Name): string {
    return this.given.get(name)?.origin ?? `--${name}`;
  }

  refused(name: Name, reason: string, hint: string): SpybridgeError {
    const origin = this.originOf(name);
    const shown = this.specOf(name).isSecret === true ? '' : ` (${cleanText(String(this.optional(name)))})`;
    return new SpybridgeError('config', `${origin}${shown}: ${reason}.`, { hint });
  }

  private specOf(name: Name): OptionSpec {
    return this.specs.find((spec) => spec.name === name)!;
  }

  private writtenOf(name: string): Written | undefined {
    return this.sources.find((source) => source.has(name))?.get(name);
  }
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
