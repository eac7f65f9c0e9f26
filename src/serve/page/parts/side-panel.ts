// One side of the view: its labels, and its time line with the span that is selected.
import { isSameMatcher } from '../model/selector-text.ts';
import type { Matcher } from '../../../store/selector.ts';
import { describeSpan } from '../model/time-range.ts';
import type { Side } from '../model/view-state.ts';
import { visibleText } from '../model/visible-name.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { LabelForm } from './label-form.ts';
import { button, byId, el } from './element.ts';
import { Timeline } from './timeline.ts';

export class SidePanel implements Part {
  private readonly key: 'left' | 'right';
  private readonly actions: Actions;
  private readonly element: HTMLElement;
  private readonly badge: HTMLElement;
  private readonly chips = el('ul', { class: 'chips', 'aria-label': 'Labels' });
  private readonly span = el('span', { class: 'span' });
  private readonly form: LabelForm;
  private readonly timeline: Timeline;
  private view: PageView | undefined;
  /** What the chips and the span show: drawn anew, they would lose the focus. */
  private drawn = { chips: '', span: '' };

  constructor(key: 'left' | 'right', actions: Actions) {
    this.key = key;
    this.actions = actions;
    this.element = byId(`side-${key}`, HTMLElement);
    const letter = key === 'left' ? 'A' : 'B';
    this.badge = el('span', { class: `badge ${letter.toLowerCase()}` }, letter);
    this.form = new LabelForm((matcher) => {
      this.add(matcher);
    });
    this.timeline = new Timeline(key, (selection) => {
      this.change({ selection });
    });
    const bar = el('div', { class: 'labels' }, this.badge, this.chips, this.form.element, this.span);
    this.element.append(bar, this.timeline.element);
  }

  readonly render = (view: PageView): void => {
    this.view = view;
    const { state, range, data } = view;
    const side = state[this.key];
    this.element.hidden = side === undefined || state.service === '';
    if (side === undefined || range === undefined) return;
    this.badge.hidden = state.right === undefined;
    this.renderChips(side.matchers);
    this.form.render(view);
    this.renderSpan(side, view);
    const series = this.key === 'left' ? data.leftSeries.value : data.rightSeries.value;
    this.timeline.render({
      range,
      selection: side.selection,
      type: state.type,
      points: series?.[0]?.points ?? [],
    });
  };

  private renderChips(matchers: readonly Matcher[]): void {
    const key = JSON.stringify(matchers);
    if (key === this.drawn.chips) return;
    this.drawn.chips = key;
    this.chips.replaceChildren(
      ...matchers.map((matcher) => {
        const { name, operator, value } = matcher;
        const shown = value === '' ? '(none)' : visibleText(value);
        const text = `${name} ${operator} ${shown}`;
        const remove = button('×', { 'aria-label': `Remove ${text}`, class: 'remove' }, () => {
          this.change({ matchers: matchers.filter((other) => !isSameMatcher(other, matcher)) });
        });
        const chip = el('span', { class: 'chip' }, el('b', {}, name), ` ${operator} `, el('bdi', {}, shown));
        return el('li', { title: text }, chip, remove);
      }),
    );
  }

  private renderSpan({ selection }: Side, { range, state }: PageView): void {
    const key = JSON.stringify([selection ?? range, selection === undefined, state.right === undefined]);
    if (key === this.drawn.span) return;
    this.drawn.span = key;
    if (selection === undefined) {
      const hint =
        state.right === undefined ? 'Drag over the time line to select a part of it' : 'Whole time';
      this.span.replaceChildren(el('span', { class: 'quiet' }, `${describeSpan(range!)}. ${hint}`));
      return;
    }
    const clear = button('Clear', { 'aria-label': 'Clear the selected time' }, () => {
      this.change({ selection: undefined });
    });
    const zoom = button('Zoom in', { 'aria-label': 'Make the selected time the whole time line' }, () => {
      const unselected = { ...this.view!.state[this.key]!, selection: undefined };
      const { fromMs, untilMs } = selection;
      this.actions.change({ from: `${fromMs}`, until: `${untilMs}`, isLive: false, [this.key]: unselected });
    });
    this.span.replaceChildren(el('b', {}, describeSpan(selection)), ' ', clear, zoom);
  }

  private add(matcher: Matcher): void {
    const { matchers } = this.view!.state[this.key]!;
    if (matchers.some((known) => isSameMatcher(known, matcher))) return;
    this.change({ matchers: [...matchers, matcher] });
  }

  private change(patch: Partial<Side>): void {
    const side = this.view?.state[this.key];
    if (side !== undefined) this.actions.change({ [this.key]: { ...side, ...patch } });
  }
}
