// Selectors as PromQL writes them: `{a="b", c!~"d.*"}`, with a name before the brace or without.
// Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors
import type { Matcher, MatchOperator } from '../../store/selector.ts';

/** Of one selector, in UTF-16 units. */
export const MAX_SELECTOR_LENGTH = 65_536;
export const MAX_MATCHERS = 256;

const OPERATORS: readonly MatchOperator[] = ['=~', '!~', '!=', '='];
const METRIC = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPACE = /[ \t\r\n]*/y;
/** A text in quotes with its escapes, or one in backquotes without any. */
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*'|`[^`]*`/y;
const ESCAPE =
  /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-3][0-7]{2})|([abfnrtv\\'"])|[^])/g;
const ESCAPED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** What is no selector; the message is a sentence. */
export class SelectorError extends Error {}

/** Matchers of a selector; a name before the brace is one of `__name__`. Throws SelectorError. */
export function parseSelector(text: string): readonly Matcher[] {
  if (text.length > MAX_SELECTOR_LENGTH)
    throw new SelectorError(`A selector has more than ${MAX_SELECTOR_LENGTH} characters.`);
  return new Parser(text).parse();
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): readonly Matcher[] {
    const matchers: Matcher[] = [];
    const metric = this.take(METRIC);
    if (metric !== undefined) matchers.push({ name: '__name__', operator: '=', value: metric });
    if (this.takeText('{')) this.braces(matchers);
    else if (metric === undefined) this.fail('a {');
    this.take(SPACE);
    if (this.at < this.text.length) this.fail('its end');
    return matchers;
  }

  private braces(matchers: Matcher[]): void {
    while (!this.takeText('}')) {
      if (matchers.length >= MAX_MATCHERS)
        throw new SelectorError(`A selector has more than ${MAX_MATCHERS} conditions.`);
      matchers.push(this.matcher());
      if (this.takeText(',')) continue;
      if (this.takeText('}')) return;
      this.fail('a comma or a }');
    }
  }

  /** Names may be quoted, too, and then hold anything. */
  private matcher(): Matcher {
    const name = this.take(NAME) ?? this.quoted();
    if (name === undefined || name === '') this.fail('the name of a label');
    const operator = OPERATORS.find((candidate) => this.takeText(candidate));
    if (operator === undefined) this.fail('one of = != =~ !~');
    const value = this.quoted();
    if (value === undefined) this.fail('a value in quotes');
    return { name, operator, value };
  }

  private quoted(): string | undefined {
    const found = this.take(QUOTED);
    if (found === undefined) return undefined;
    const inner = found.slice(1, -1);
    return found.startsWith('`') ? inner : unescape(inner);
  }

  private takeText(text: string): boolean {
    this.take(SPACE);
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private take(pattern: RegExp): string | undefined {
    if (pattern !== SPACE) this.take(SPACE);
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private fail(wanted: string): never {
    throw new SelectorError(
      `The selector ${JSON.stringify(this.text.slice(0, 200))} cannot be read: at place ${this.at} ${wanted} is missing.`,
    );
  }
}

function unescape(text: string): string {
  return text.replace(ESCAPE, (whole: string, ...groups: (string | undefined)[]) => {
    const [hex, short, long, octal, letter] = groups;
    const digits = hex ?? short ?? long;
    if (digits !== undefined) return codePoint(Number.parseInt(digits, 16));
    if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
    if (letter !== undefined) return ESCAPED[letter] ?? letter;
    throw new SelectorError(`The selector has the unknown escape ${whole}; a backslash itself is \\\\.`);
  });
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw new SelectorError('The selector has an escape that is no character.');
  return String.fromCodePoint(code).toWellFormed();
}
