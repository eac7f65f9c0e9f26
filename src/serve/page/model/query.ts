// Which profiles one answer is made of.
import type { Span } from './view-state.ts';

/** Profiles of one type, picked by labels, within a span. */
export interface Query {
  readonly type: string;
  /** `{service_name="shop"}` */
  readonly selector: string;
  readonly span: Span;
}
