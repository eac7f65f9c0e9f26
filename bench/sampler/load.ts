// Load of a php-fpm pool: some users, each with one request at a time, until a moment that is known before.
import type { Pool } from './pool.ts';

export interface LoadOptions {
  readonly users: number;
  /** By turns. */
  readonly scripts: readonly string[];
  readonly uris: number;
  readonly forMs: number;
}

export interface LoadFigures {
  readonly requests: number;
  /** The sum of what the scripts took. */
  readonly busyMs: number;
}

/** Resolves when every user has its last answer. */
export async function load(pool: Pool, { users, scripts, uris, forMs }: LoadOptions): Promise<LoadFigures> {
  const untilMs = performance.now() + forMs;
  let requests = 0;
  let busyMicros = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const number = requests;
      requests += 1;
      const script = scripts[number % scripts.length]!;
      const micros = await pool.get(script, `/shop/${number % uris}?page=${number % 7}`);
      busyMicros += micros;
    }
  };
  await Promise.all(Array.from({ length: users }, work));
  return { requests, busyMs: busyMicros / 1_000 };
}
