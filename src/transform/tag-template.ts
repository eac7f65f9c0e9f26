// Templated tags: what is read from a sample's facts and what the tag's value becomes.
import Handlebars from 'handlebars';
import { SpybridgeError } from '../model/errors.ts';
import { compileReplace } from './pattern.ts';
import type { Replace } from './pattern.ts';
import { readQuotedTag } from './quoted-tag.ts';

export interface TagTemplate {
  /** Facts that the template reads. */
  readonly metaKeys: readonly string[];
  /** The value, or undefined where none of the facts is there: the tag is left out then. */
  readonly render: (facts: ReadonlyMap<string, string>) => string | undefined;
}

/**
 * Compiles a tag's value. Besides gospy's quoted form, Handlebars expressions work:
 * `{{meta "uri"}}`, `{{glopeek "server.HTTP_HOST"}}`, `{{replace (meta "uri") "regex" "replacement"}}`, with text around.
 * Throws SpybridgeError('config') with the reason: Handlebars itself would complain at the first sample only.
 */
export function compileTagTemplate(value: string): TagTemplate {
  const quoted = readQuotedTag(value);
  if (quoted === undefined) return compileExpression(value.trim());
  const { metaKey, pattern, replacement } = quoted;
  const replace: Replace = pattern === undefined ? (text) => text : compileReplace(pattern, replacement);
  return {
    metaKeys: [metaKey],
    render: (facts) => {
      const fact = facts.get(metaKey);
      return fact === undefined ? undefined : replace(fact);
    },
  };
}

function compileExpression(value: string): TagTemplate {
  const program = parse(value);
  const metaKeys = new Set<string>();
  const replaces = new Map<string, Replace>();
  for (const statement of program.body) checkStatement(statement, { metaKeys, replaces, value });
  // noEscape: values are labels, not HTML. Helpers are this template's own, never the global registry's.
  const handlebars = Handlebars.create();
  let facts: ReadonlyMap<string, string> = new Map();
  const read = (key: string): string => facts.get(key) ?? '';
  handlebars.registerHelper({
    meta: (key: string) => read(key),
    glopeek: (key: string) => read(`glopeek ${key}`),
    replace: (text: string, pattern: string, replacement: string) =>
      replaces.get(`${pattern}\u0000${replacement}`)?.(text) ?? text,
  });
  const knownHelpers = { meta: true, glopeek: true, replace: true };
  const template = handlebars.compile(program, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers,
  });
  const keys = [...metaKeys];
  return {
    metaKeys: keys,
    render: (current) => {
      if (!keys.some((key) => current.has(key))) return undefined;
      facts = current;
      return template({});
    },
  };
}

function parse(value: string): hbs.AST.Program {
  try {
    return Handlebars.parse(value);
  } catch (error) {
    throw refused(
      value,
      error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      error,
    );
  }
}

interface Found {
  readonly metaKeys: Set<string>;
  readonly replaces: Map<string, Replace>;
  readonly value: string;
}

function checkStatement(statement: hbs.AST.Statement, found: Found): void {
  if (statement.type === 'ContentStatement' || statement.type === 'CommentStatement') return;
  if (statement.type !== 'MustacheStatement')
    throw refused(found.value, 'blocks and partials are not offered');
  checkCall(statement as hbs.AST.MustacheStatement, found);
}

function checkCall(call: hbs.AST.MustacheStatement | hbs.AST.SubExpression, found: Found): void {
  const name = (call.path as hbs.AST.PathExpression).original;
  const texts = call.params.map((param) =>
    param.type === 'StringLiteral' ? (param as hbs.AST.StringLiteral).value : undefined,
  );
  if ((name === 'meta' || name === 'glopeek') && texts.length === 1 && texts[0] !== undefined) {
    found.metaKeys.add(name === 'meta' ? texts[0] : `glopeek ${texts[0]}`);
    return;
  }
  const [subject] = call.params;
  const [, pattern, replacement] = texts;
  if (name !== 'replace' || texts.length !== 3 || pattern === undefined || replacement === undefined) {
    throw refused(
      found.value,
      `"${name}" is not used as meta "KEY", glopeek "KEY" or replace (...) "REGEX" "TEXT"`,
    );
  }
  if (subject?.type !== 'SubExpression')
    throw refused(found.value, 'replace needs (meta "KEY") as its first argument');
  found.replaces.set(`${pattern}\u0000${replacement}`, compileReplace(pattern, replacement));
  checkCall(subject as hbs.AST.SubExpression, found);
}

function refused(value: string, reason: string, cause?: unknown): SpybridgeError {
  return new SpybridgeError('config', `The template ${value} cannot be used: ${reason}.`, {
    hint: 'Write {{ "meta key" }} or {{ "meta key" "regex" "replacement" }}, for example {{ "glopeek server.REQUEST_URI" }}.',
    cause,
  });
}
