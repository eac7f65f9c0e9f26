// What every part of the page is drawn from, and what it can ask for.
import type { PageData } from './page-data.ts';
import type { Span, ViewState } from './model/view-state.ts';

export interface PageView {
  readonly state: ViewState;
  /** Undefined where the state's range is no range. */
  readonly range: Span | undefined;
  readonly data: PageData;
}

export interface Actions {
  /** Steps are kept in the browser's history, adjustments (typing, sorting) are not. */
  readonly change: (patch: Partial<ViewState>, kind?: 'step' | 'adjustment') => void;
  readonly refresh: () => void;
  /** Tells those who hear the page. */
  readonly announce: (text: string) => void;
}

/** A piece of the page that draws itself anew from every view. */
export interface Part {
  readonly render: (view: PageView) => void;
}
