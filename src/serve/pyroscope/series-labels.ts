// The labels that a sender gives a profile: what they may be, and which of them say whose profile it is and of what type.
import type { Label, Labels } from '../../model/labels.ts';
import { makeLabels } from '../../model/labels.ts';
import { typeOfName } from '../../store/profile-type.ts';
import { HttpProblem } from '../problem.ts';

/** Labels of one series, `__name__` and `service_name` among them: as many as Pyroscope takes. */
export const MAX_LABELS = 30;
export const MAX_LABEL_NAME_BYTES = 1_024;
export const MAX_LABEL_VALUE_BYTES = 2_048;

const NAME = '__name__';
const SERVICE = 'service_name';
const NO_SERVICE = 'unknown_service';
/** What senders tell Pyroscope's inner parts by. Nothing here needs it, and nobody asks for it. */
const INNER: ReadonlySet<string> = new Set(['__delta__', '__session_id__', '__otel__']);
/** Profiles of this type may be anything, and are not looked at: profefe's traces. */
const OPAQUE_TYPE = 'trace';
const TYPE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const CONTROL = /[\u0000-\u001f\u007f]/; // eslint-disable-line no-control-regex -- they are the point

export interface SeriesIdentity {
  readonly service: string;
  /** The word of `Upload.type`. */
  readonly type: string;
  /** Without the service and the type. */
  readonly labels: Labels;
}

/** Throws HttpProblem(400) with a sentence that names the label. */
export function identifySeries(given: readonly Label[]): SeriesIdentity {
  const names = new Set<string>();
  const kept: Label[] = [];
  for (const [name, value] of given) {
    checkLabel(name, value);
    if (names.has(name)) throw refused(name, 'is given twice');
    names.add(name);
    if (value === '' || INNER.has(name)) continue;
    if (name.startsWith('__') && name !== NAME)
      throw refused(name, 'starts with two underscores, which is kept for Pyroscope itself');
    kept.push([name, value]);
  }
  if (kept.length > MAX_LABELS)
    throw new HttpProblem(400, `The series has ${kept.length} labels; at most ${MAX_LABELS} are taken.`);
  const byName = new Map(kept);
  return {
    service: byName.get(SERVICE) ?? NO_SERVICE,
    type: typeOf(byName.get(NAME)),
    labels: makeLabels(kept.filter(([name]) => name !== NAME && name !== SERVICE)),
  };
}

function checkLabel(name: string, value: string): void {
  if (name === '') throw new HttpProblem(400, 'A label has no name.');
  if (CONTROL.test(name)) throw refused(name, 'has a control character in its name');
  if (Buffer.byteLength(name) > MAX_LABEL_NAME_BYTES)
    throw refused(name, `has a name of more than ${MAX_LABEL_NAME_BYTES} bytes`);
  if (Buffer.byteLength(value) > MAX_LABEL_VALUE_BYTES)
    throw refused(name, `has a value of more than ${MAX_LABEL_VALUE_BYTES} bytes`);
}

function typeOf(name: string | undefined): string {
  if (name === undefined)
    throw new HttpProblem(
      400,
      `The label ${NAME} is missing: it says what was profiled, such as process_cpu.`,
    );
  if (!TYPE_NAME.test(name)) throw refused(NAME, 'may have letters, digits, _, . and - only');
  const type = typeOfName(name);
  if (type === OPAQUE_TYPE)
    throw refused(NAME, `cannot be ${OPAQUE_TYPE}, which is no type of pprof profiles`);
  return type;
}

function refused(name: string, reason: string): HttpProblem {
  return new HttpProblem(400, `The label ${JSON.stringify(name.slice(0, 100))} ${reason}.`);
}
