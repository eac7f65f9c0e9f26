// Labels as profefe's clients write them: `k=v,k2=v2`, keys and values percent-encoded once more within the parameter.
import type { Label } from '../../model/labels.ts';
import { badRequest } from './bad-request.ts';

/** Of one profile or query. */
const MAX_LABELS = 64;
/** Pyroscope's limits, in characters. */
const MAX_LABEL_NAME = 1_024;
const MAX_LABEL_VALUE = 2_048;

/** In the order in which they are written, pairs without a key left out. Throws HttpProblem(400). */
export function parseLabels(text: string): readonly Label[] {
  const pairs: Label[] = [];
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = unescape(text, (equals < 0 ? part : part.slice(0, equals)).trim());
    const value = unescape(text, equals < 0 ? '' : part.slice(equals + 1).trim());
    if (name === '') continue;
    if (name.length > MAX_LABEL_NAME)
      throw bad(text, `the name of a label has more than ${MAX_LABEL_NAME} characters`);
    if (value.length > MAX_LABEL_VALUE)
      throw bad(text, `the value of a label has more than ${MAX_LABEL_VALUE} characters`);
    pairs.push([name, value]);
    if (pairs.length > MAX_LABELS) throw bad(text, `there are more than ${MAX_LABELS} labels`);
  }
  return pairs;
}

/** Names that stand for the service and the type: a label of that name could never be asked for. */
const RESERVED: ReadonlySet<string> = new Set(['service_name', '__name__', '__profile_type__']);

/** Of an upload: each name once. Throws HttpProblem(400). */
export function parseUploadLabels(text: string): readonly Label[] {
  const byName = new Map<string, string>();
  for (const [name, value] of parseLabels(text)) {
    if (RESERVED.has(name)) throw bad(text, `the label ${JSON.stringify(name)} cannot be set`);
    if ((byName.get(name) ?? value) !== value)
      throw bad(text, `the label ${JSON.stringify(name)} has two values`);
    byName.set(name, value);
  }
  return [...byName];
}

function unescape(text: string, part: string): string {
  const wrong = /%(?![0-9A-Fa-f]{2}).{0,2}/su.exec(part);
  if (wrong !== null) throw bad(text, `invalid URL escape ${JSON.stringify(wrong[0])}`);
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    throw bad(text, 'its escapes are not UTF-8');
  }
}

function bad(text: string, reason: string): Error {
  return badRequest('labels', text, reason);
}
