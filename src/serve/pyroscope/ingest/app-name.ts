// The parameter `name` of /ingest: `app{label=value,other=value}`, without quotes or escapes. What Pyroscope loses of it without a
// word is refused here: a tail without a value, a brace that never closes, text behind the last one.
import type { Label } from '../../../model/labels.ts';
import { HttpProblem } from '../../problem.ts';

const APP = /^[A-Za-z0-9_./-]+$/;
const LABEL = /^[A-Za-z0-9_.]+$/;
/** Names the application, too, and goes before what stands before the brace. */
const APP_LABEL = '__name__';

export interface AppName {
  readonly app: string;
  /** Of several with one name the last; their values may be empty. */
  readonly labels: readonly Label[];
}

/** Throws HttpProblem(400). */
export function parseAppName(text: string): AppName {
  const brace = text.indexOf('{');
  const labels = brace < 0 ? new Map<string, string>() : readLabels(text.slice(brace + 1));
  const app = labels.get(APP_LABEL) ?? (brace < 0 ? text : text.slice(0, brace)).trim();
  labels.delete(APP_LABEL);
  if (app === '') throw refused('the name of the application is missing');
  if (!APP.test(app))
    throw refused(`the application ${show(app)} has other characters than A-Z a-z 0-9 _ . / -`);
  return { app, labels: [...labels] };
}

function readLabels(text: string): Map<string, string> {
  const end = text.indexOf('}');
  if (end < 0) throw refused('its { is never closed');
  if (text.slice(end + 1).trim() !== '') throw refused('something stands behind its }');
  const parts = text.slice(0, end).split(',');
  // A comma at the end hides nothing.
  if (parts.at(-1)!.trim() === '') parts.pop();
  return new Map(parts.map(readLabel));
}

function readLabel(part: string): [string, string] {
  const equals = part.indexOf('=');
  const name = (equals < 0 ? part : part.slice(0, equals)).trim();
  if (equals < 0) throw refused(`the label ${show(name)} has no value; values cannot have commas`);
  if (name === '') throw refused('a label has no name');
  if (!LABEL.test(name)) throw refused(`the label ${show(name)} has other characters than A-Z a-z 0-9 _ .`);
  return [name, part.slice(equals + 1).trim()];
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function refused(reason: string): HttpProblem {
  return new HttpProblem(400, `name: ${reason}. It is written app{label=value,...}.`);
}
