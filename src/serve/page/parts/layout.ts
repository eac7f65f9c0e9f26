// Which panels are shown, and the search that all of them share.
import { findNames } from '../model/name-search.ts';
import { formatPercent } from '../model/value-format.ts';
import { VIEWS } from '../model/view-state.ts';
import type { View } from '../model/view-state.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { byId } from './element.ts';

/** Where the link at the top leads. */
const TARGETS: Readonly<Record<View, readonly [panel: string, name: string]>> = {
  both: ['functions', 'table of functions'],
  table: ['functions', 'table of functions'],
  flame: ['flames', 'flame graph'],
  breakdown: ['breakdown', 'table of labels'],
};

export class Layout implements Part {
  private readonly content = byId('content', HTMLElement);
  private readonly search = byId('search', HTMLInputElement);
  private readonly found = byId('found', HTMLElement);
  private readonly waiting = byId('waiting', HTMLElement);
  private readonly skip = byId('skip', HTMLAnchorElement);
  private readonly buttons: ReadonlyMap<View, HTMLButtonElement>;

  constructor(actions: Actions) {
    this.buttons = new Map(VIEWS.map((view) => [view, byId(`view-${view}`, HTMLButtonElement)]));
    for (const [view, element] of this.buttons) {
      element.addEventListener('click', () => {
        actions.change({ view });
      });
    }
    this.search.addEventListener('input', () => {
      actions.change({ search: this.search.value }, 'adjustment');
    });
    document.addEventListener('keydown', (event) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.search.focus();
    });
  }

  readonly render = ({ state, data }: PageView): void => {
    for (const [view, element] of this.buttons) {
      element.setAttribute('aria-pressed', String(view === state.view));
    }
    this.search.placeholder = state.view === 'breakdown' ? 'Search values  /' : 'Search functions  /';
    const tree = data.tree.value?.tree;
    this.content.dataset['view'] = state.view;
    const [panel, name] = TARGETS[state.view];
    this.skip.href = `#${panel}`;
    this.skip.textContent = `Skip to the ${name}`;
    this.content.setAttribute('aria-busy', String(data.isLoading));
    document.body.classList.toggle('loading', data.isLoading);
    this.content.hidden = tree === undefined;
    this.waiting.hidden = tree !== undefined || !data.isLoading;
    if (document.activeElement !== this.search) this.search.value = state.search;
    const found = tree === undefined ? undefined : findNames(tree, state.search);
    this.found.textContent =
      found === undefined ? '' : `${found.frames} frames, ${formatPercent(found.share, 1)}`;
  };
}
