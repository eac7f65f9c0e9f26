// Uploads counted by API, format and what became of them, also those that no store has seen.
import { StoreError } from '../store/store.ts';
import type { ServeContext } from './context.ts';
import { HttpProblem } from './problem.ts';

export interface UploadKind {
  readonly api: 'profefe' | 'push' | 'ingest';
  /** pprof, trace, folded...; `unknown` where it was not read so far. */
  readonly format: string;
}

const OUTCOMES: Readonly<Partial<Record<HttpProblem['status'], string>>> = {
  413: 'too_large',
  503: 'unavailable',
  507: 'full',
};

/** Undefined of `work` is an upload in which there was nothing to keep. */
export async function countUpload<Result>(
  { counts }: ServeContext,
  kind: UploadKind,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    counts?.upload({ ...kind, outcome: result === undefined ? 'empty' : 'stored' });
    return result;
  } catch (error) {
    counts?.upload({ ...kind, outcome: outcomeOf(error) });
    throw error;
  }
}

/** In the words of StoreErrorCode. */
export function outcomeOf(error: unknown): string {
  if (error instanceof StoreError) return error.code;
  if (!(error instanceof HttpProblem)) return 'broken';
  return OUTCOMES[error.status] ?? (error.status < 500 ? 'malformed' : 'broken');
}
