// What a store could not do, as HTTP says it.
import type { StoreError, StoreErrorCode } from '../store/store.ts';
import { HttpProblem } from './problem.ts';

const STATUSES: Readonly<Record<StoreErrorCode, HttpProblem['status']>> = {
  malformed: 400,
  too_large: 413,
  incompatible: 422,
  full: 507,
  unavailable: 503,
  broken: 500,
};

export function problemOfStore({ code, message }: StoreError): HttpProblem {
  // What is broken is our own affair: the log has it.
  const sentence = code === 'broken' ? 'internal server error' : message;
  return new HttpProblem(STATUSES[code], sentence, code === 'unavailable' ? { 'retry-after': '5' } : {});
}
