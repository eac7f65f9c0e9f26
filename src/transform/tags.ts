// The tags of a run: fixed ones, templated ones, and whether the entry point is one.
import { SpybridgeError } from '../model/errors.ts';
import type { Label, Labels } from '../model/labels.ts';
import { makeLabels } from '../model/labels.ts';
import { SPAN_ID, TRACE_ID } from '../model/span-labels.ts';
import { compileTagTemplate } from './tag-template.ts';
import type { TagTemplate } from './tag-template.ts';

/** Pyroscope takes 30 label names per series, five of which are its own and ours. */
export const MAX_TAGS = 24;
const MAX_VALUE_BYTES = 2_048;
/** Labels that delivery sets itself. */
const RESERVED = new Set(['service_name', 'pyroscope_spy', 'app_name', 'profile_id']);

export interface Tags {
  readonly fixed: Labels;
  readonly templated: readonly (readonly [name: string, template: TagTemplate])[];
  /** Facts that any template reads. */
  readonly metaKeys: ReadonlySet<string>;
}

/** Compiles `name=value` texts. Throws SpybridgeError('config') naming the tag that is wrong. */
export function compileTags(texts: readonly string[]): Tags {
  const fixed: Label[] = [];
  const templated: [string, TagTemplate][] = [];
  for (const text of texts) {
    const [name, value] = splitTag(text);
    if (value.includes('{{')) templated.push([name, compileNamed(name, value)]);
    else fixed.push([name, value]);
  }
  const names = new Set([...fixed, ...templated].map(([name]) => name));
  if (names.size > MAX_TAGS) {
    throw new SpybridgeError('config', `There are ${names.size} tags.`, {
      hint: `Pyroscope takes at most ${MAX_TAGS}.`,
    });
  }
  const metaKeys = new Set(templated.flatMap(([, template]) => template.metaKeys));
  return { fixed: makeLabels(fixed), templated, metaKeys };
}

function compileNamed(name: string, value: string): TagTemplate {
  try {
    return compileTagTemplate(value);
  } catch (error) {
    if (!(error instanceof SpybridgeError)) throw error;
    const { code, message, hint } = error;
    throw new SpybridgeError(code, `--tag ${name}: ${message}`, { hint: hint ?? '', cause: error });
  }
}

function splitTag(text: string): [name: string, value: string] {
  const equals = text.indexOf('=');
  if (equals < 0) throw refused(text, 'there is no "="', 'Write NAME=VALUE.');
  const name = text.slice(0, equals);
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name) || name.startsWith('__')) {
    throw refused(
      text,
      `"${name}" is not a label name`,
      'Use letters, digits, "_" and ".", and no "__" at the start.',
    );
  }
  if (name === SPAN_ID || name === TRACE_ID) {
    throw refused(
      text,
      `"${name}" would make a series per request`,
      'Use --span-labels: it labels samples, not series.',
    );
  }
  if (RESERVED.has(name)) throw refused(text, `"${name}" is set by delivery itself`, 'Choose another name.');
  const value = text.slice(equals + 1);
  if (!value.includes('{{') && Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    throw refused(
      `${name}=...`,
      `its value has more than ${MAX_VALUE_BYTES} bytes`,
      'Pyroscope takes no longer ones.',
    );
  }
  return [name, value];
}

function refused(text: string, reason: string, hint: string): SpybridgeError {
  return new SpybridgeError('config', `--tag "${text}" cannot be used: ${reason}.`, { hint });
}
