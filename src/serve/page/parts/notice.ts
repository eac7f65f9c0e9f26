// What is wrong, or why there is nothing to see, in a sentence with a way out.
import { describeSpan } from '../model/time-range.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el } from './element.ts';

/** Of a server that is gone. */
const RETRY_MS = 5_000;

interface Message {
  readonly kind: 'error' | 'empty';
  readonly title: string;
  readonly text: string;
  readonly way?: { readonly label: string; readonly go: () => void };
  readonly code?: string;
}

export class Notice implements Part {
  private readonly element = byId('notice', HTMLElement);
  private readonly actions: Actions;
  private shown = '';
  private retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(actions: Actions) {
    this.actions = actions;
  }

  readonly render = (view: PageView): void => {
    const message = this.messageOf(view);
    const key = JSON.stringify(message ?? '');
    this.retryWhile(view.data.error?.kind === 'unreachable' && !view.data.isLoading);
    if (key === this.shown) return;
    this.shown = key;
    this.element.hidden = message === undefined;
    this.element.replaceChildren();
    if (message === undefined) return;
    this.element.className = `notice ${message.kind}`;
    this.element.append(el('h2', {}, message.title), el('p', {}, message.text));
    if (message.code !== undefined) this.element.append(el('pre', {}, message.code));
    const { way } = message;
    if (way !== undefined) this.element.append(button(way.label, { class: 'primary' }, way.go));
  };

  private messageOf({ state, range, data }: PageView): Message | undefined {
    if (range === undefined) {
      const text = 'Write moments like now-3h, or 2026-01-31 12:00; the first must be before the second.';
      return { kind: 'error', title: 'This is no time range', text };
    }
    const { error } = data;
    if (error?.kind === 'forbidden') return undefined;
    if (error !== undefined) {
      const way = { label: 'Try again', go: this.actions.refresh };
      if (error.kind === 'refused')
        return { kind: 'error', title: 'That cannot be shown', text: error.message, way };
      const text = 'What you see is what came last. The page asks again every few seconds.';
      return { kind: 'error', title: error.message, text, way };
    }
    if (data.services.value?.length === 0 && !data.services.isLoading) return this.nothingAtAll(state.from);
    if (data.tree.value === undefined || data.tree.isLoading || data.tree.value.tree !== undefined)
      return undefined;
    return this.nothingHere(
      `Nothing of ${state.service} from ${describeSpan(state.left.selection ?? range)}.`,
      state,
    );
  }

  private nothingAtAll(from: string): Message {
    const text =
      'Nothing has been stored in this time. A sampler that sends its profiles here is started by:';
    const code = 'spybridge -- sampler -P php-fpm';
    const isLong = from === 'now-7d';
    const way = isLong
      ? { label: 'Look again', go: this.actions.refresh }
      : {
          label: 'Look at the last 7 days',
          go: () => {
            this.actions.change({ from: 'now-7d', until: 'now' });
          },
        };
    return { kind: 'empty', title: 'No profiles yet', text, code, way };
  }

  private nothingHere(text: string, { left, right }: PageView['state']): Message {
    const title = 'No profiles match';
    const isNarrow = left.matchers.length > 0 || left.selection !== undefined || right !== undefined;
    if (!isNarrow) return { kind: 'empty', title, text: `${text} A longer time may have some.` };
    const go = (): void => {
      this.actions.change({ left: { matchers: [], selection: undefined }, right: undefined });
    };
    return { kind: 'empty', title, text, way: { label: 'Clear labels and selection', go } };
  }

  private retryWhile(isGone: boolean): void {
    if (!isGone) {
      clearTimeout(this.retryTimer);
      this.retryTimer = undefined;
      return;
    }
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = undefined;
      this.actions.refresh();
    }, RETRY_MS);
  }
}
