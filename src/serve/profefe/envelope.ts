// profefe's JSON: `{"code":200,"body":...}` or `{"code":N,"error":"..."}`, and how it writes a profile down.
import type { StoredProfile } from '../../store/profile.ts';
import { showRfc3339 } from './time.ts';

/** Of all its paths. */
export const PROFEFE_PREFIX = '/api/0/';

/** `more` stands beside the body: clients of profefe don't look there. */
export function envelope(body: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({ code: 200, body, ...more })}\n`;
}

export function errorEnvelope(code: number, error: string): string {
  return `${JSON.stringify({ code, error })}\n`;
}

/** profefe's times end at the second; `created_at_nano` is the whole one. */
export function modelOf(profile: StoredProfile): Readonly<Record<string, unknown>> {
  const { id, type, service, labels, createdAtNanos, bytes } = profile;
  return {
    id,
    type,
    service,
    ...(labels.length > 0 ? { labels: labels.map(([key, value]) => ({ key, value })) } : {}),
    created_at: showRfc3339(createdAtNanos, 0),
    created_at_nano: showRfc3339(createdAtNanos, 9),
    size_bytes: bytes,
  };
}
