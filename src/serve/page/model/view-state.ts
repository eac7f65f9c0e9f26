// What the page shows: all of it is in the page's address, so that a link shows the same to somebody else.
import type { Matcher } from '../../../store/selector.ts';

/** UNIX time in ms. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What one flame graph is made of, within the time range of the view. */
export interface Side {
  readonly matchers: readonly Matcher[];
  /** Undefined: the whole time range. */
  readonly selection: Span | undefined;
}

export const VIEWS = ['both', 'flame', 'table', 'breakdown'] as const;
export type View = (typeof VIEWS)[number];

export const SORT_KEYS = ['self', 'total', 'name', 'left', 'right', 'change'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sort {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export interface ViewState {
  /** Empty until one is chosen. */
  readonly service: string;
  /** Pyroscope's id of five parts; empty until one is chosen. */
  readonly type: string;
  /** `now-1h`, or UNIX time in ms. */
  readonly from: string;
  readonly until: string;
  readonly isLive: boolean;
  readonly left: Side;
  /** Set while two sides are compared. */
  readonly right: Side | undefined;
  readonly view: View;
  /** Label of the break-down; empty: the first of the usual ones that is there. */
  readonly groupBy: string;
  readonly search: string;
  /** Function whose callers and callees are shown; empty: none. */
  readonly focus: string;
  /** Path to the frame that fills the width, as `zoom-path.ts` writes it. */
  readonly zoom: string;
  readonly sort: Sort;
}

export const EMPTY_SIDE: Side = { matchers: [], selection: undefined };

export const DEFAULT_STATE: ViewState = {
  service: '',
  type: '',
  from: 'now-1h',
  until: 'now',
  isLive: false,
  left: EMPTY_SIDE,
  right: undefined,
  view: 'both',
  groupBy: '',
  search: '',
  focus: '',
  zoom: '',
  sort: { key: 'self', isDescending: true },
};
