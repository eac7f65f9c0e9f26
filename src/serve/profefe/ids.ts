// Ids in a path: one, or several joined by `+`. Only whole ids are taken: a part of one must never find a profile.
import { isProfileId } from '../../store/id.ts';
import { HttpProblem } from '../problem.ts';

/** Ids that a header names; further ones are counted only. */
const MAX_SHOWN_IDS = 100;

/** In the order in which they are written; one that is there twice is twice in the result. Throws HttpProblem(400 | 422). */
export function splitIds(text: string, maxIds: number): readonly [string, ...string[]] {
  const ids = text.split('+');
  if (ids.length > maxIds) throw new HttpProblem(422, `there are more than ${maxIds} ids`);
  const wrong = ids.find((id) => !isProfileId(id));
  if (wrong !== undefined)
    throw new HttpProblem(400, `bad request: bad profile id ${JSON.stringify(wrong.slice(0, 100))}`);
  return ids as [string, ...string[]];
}

/** Headers that say which of the ids are not there; none where all are. */
export function missingHeaders(ids: readonly string[]): Readonly<Record<string, string>> {
  if (ids.length === 0) return {};
  return {
    'x-missing-profiles': String(ids.length),
    'x-missing-profile-ids': ids.slice(0, MAX_SHOWN_IDS).join(', '),
  };
}
