// What is wrong, or why there is nothing to see, in a sentence with a way out.
import type { CallTree } from '../model/call-tree.ts';
import { describeSpan } from '../model/time-range.ts';
import { visibleText } from '../model/visible-name.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el } from './element.ts';

/** Of a server that is gone, or empty. */
const RETRY_MS = 5_000;
/** The first of the times that the page offers. */
const LONGEST = 'now-7d';

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
    const { error, services, isLoading } = view.data;
    this.retryWhile((error?.kind === 'unreachable' || services.value?.length === 0) && !isLoading);
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
    const services = data.services.value;
    if (services === undefined || data.services.isLoading) return undefined;
    if (services.length === 0) return this.nothingAtAll(state.from);
    if (state.type === '') return this.nothingHere(`Nothing of ${visibleText(state.service)}.`, state);
    if (data.tree.value === undefined || data.tree.isLoading) return undefined;
    const { tree } = data.tree.value;
    if (tree !== undefined) return oneSided(tree);
    const span = describeSpan(state.left.selection ?? range);
    return this.nothingHere(`Nothing of ${visibleText(state.service)} from ${span}.`, state);
  }

  private nothingAtAll(from: string): Message {
    const text =
      'Nothing has been stored in this time. The page looks again every few seconds. Profiles are sent here by:';
    const here = new URL('.', document.baseURI).href.replace(/\/$/, '');
    const code = `spybridge --pyroscope ${here} -- sampler -P php-fpm\nspybridge import --server ${here} --service NAME FILE...`;
    const way = this.longer(from) ?? { label: 'Look again', go: this.actions.refresh };
    return { kind: 'empty', title: 'No profiles yet', text, code, way };
  }

  private nothingHere(text: string, { from, left, right }: PageView['state']): Message {
    const message = { kind: 'empty', title: 'No profiles match', text } as const;
    if (left.matchers.length > 0 || left.selection !== undefined || right !== undefined) {
      const go = (): void => {
        this.actions.change({ left: { matchers: [], selection: undefined }, right: undefined });
      };
      return { ...message, way: { label: 'Clear labels and selection', go } };
    }
    const way = this.longer(from);
    return way === undefined ? message : { ...message, text: `${text} A longer time may have some.`, way };
  }

  /** Undefined where the time is the longest already that the page offers. */
  private longer(from: string): Message['way'] {
    if (from === LONGEST) return undefined;
    const go = (): void => {
      this.actions.change({ from: LONGEST, until: 'now' });
    };
    return { label: 'Look at the last 7 days', go };
  }

  private retryWhile(isMissed: boolean): void {
    if (!isMissed) {
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

/** What is compared with nothing looks as if all of it were new, or gone. */
function oneSided({ left, right }: CallTree): Message | undefined {
  if (right === undefined || (left.total[0]! > 0 && right.total[0]! > 0)) return undefined;
  const side = right.total[0] === 0 ? 'B' : 'A';
  const text = `There is nothing to compare with: choose other labels or another time for ${side}.`;
  return { kind: 'empty', title: `No profiles match in ${side}`, text };
}
