// profefe's sentences for parameters that cannot be used.
import { HttpProblem } from '../problem.ts';

/** A value is repeated to its sender up to here. */
const SHOWN_LENGTH = 500;

/** `bad request: bad "from" "soon": ...`; some of profefe's sentences have a word between the name and the value. */
export function badRequest(name: string, value: string, reason: string, word = ''): HttpProblem {
  const shown = JSON.stringify(value.length > SHOWN_LENGTH ? `${value.slice(0, SHOWN_LENGTH)}...` : value);
  return new HttpProblem(400, `bad request: bad "${name}" ${word}${shown}: ${reason}`);
}

export function missing(name: string): HttpProblem {
  return new HttpProblem(400, `bad request: missing "${name}"`);
}
