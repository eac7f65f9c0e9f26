// A list page by page: the newest profiles first, each page in order of time; a cursor says where the next page ends.
import { isProfileId } from '../../store/id.ts';
import type { StoredProfile } from '../../store/profile.ts';
import type { ProfileStore } from '../../store/store.ts';
import type { ServeContext } from '../context.ts';
import { badRequest } from './bad-request.ts';
import type { Query } from './parameters.ts';

/** Profiles of one answer, whatever `limit` says. */
const MAX_LISTED = 50_000;

interface Page {
  readonly profiles: readonly StoredProfile[];
  /** Undefined where there is nothing older. */
  readonly next: string | undefined;
}

interface Cursor {
  readonly nanos: bigint;
  readonly id: string;
}

/** Throws HttpProblem(400) for a cursor that is none; fails with StoreError. */
export async function listPage(
  { store, counts }: ServeContext,
  query: Query,
  cursorText: string | null,
): Promise<Page> {
  const limit = Math.min(query.limit ?? MAX_LISTED, MAX_LISTED);
  const cursor = cursorText === null || cursorText === '' ? undefined : parseCursor(cursorText);
  const found = await listBefore(store, query, cursor, limit + 1);
  const profiles = found.slice(-limit);
  const [oldest] = profiles;
  if (oldest === undefined || found.length <= limit) return { profiles, next: undefined };
  if (limit === MAX_LISTED) counts?.bound('listed_profiles');
  return { profiles, next: `${oldest.createdAtNanos}-${oldest.id}` };
}

/** The newest `count` profiles that come before the cursor. */
async function listBefore(
  store: ProfileStore,
  { selector }: Query,
  cursor: Cursor | undefined,
  count: number,
): Promise<readonly StoredProfile[]> {
  if (cursor === undefined) return store.list(selector, { limit: count });
  if (cursor.nanos < selector.fromNanos) return [];
  const untilNanos = cursor.nanos < selector.untilNanos ? cursor.nanos : selector.untilNanos;
  // Profiles of the cursor's own nanosecond are asked for again: those behind it were on the page before.
  for (let asked = count + 1; ; asked *= 2) {
    const found = await store.list({ ...selector, untilNanos }, { limit: asked });
    const before = found.filter((profile) => isBefore(profile, cursor));
    if (before.length >= count || found.length < asked) return before.slice(-count);
  }
}

function isBefore({ createdAtNanos, id }: StoredProfile, cursor: Cursor): boolean {
  return createdAtNanos < cursor.nanos || (createdAtNanos === cursor.nanos && id < cursor.id);
}

function parseCursor(text: string): Cursor {
  const [, nanos, id] = /^(\d{1,19})-(.+)$/.exec(text) ?? [];
  if (nanos === undefined || id === undefined || !isProfileId(id))
    throw badRequest('cursor', text, 'it is not from an answer of this server');
  return { nanos: BigInt(nanos), id };
}
