// What each value of a label costs: per URL, per entry point, per host... and the way to see one of them alone, or against the rest.
import type { TimeSeries } from '../api/querier.ts';
import type { Matcher } from '../../../store/selector.ts';
import { nameMatcher } from '../model/name-search.ts';
import { stepSecondsOf } from '../model/time-range.ts';
import { formatPercent, formatValue, unitOf } from '../model/value-format.ts';
import type { Span } from '../model/view-state.ts';
import { visibleText } from '../model/visible-name.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el, setOptions, svgEl } from './element.ts';
import { drawBars } from './timeline-drawing.ts';

const MAX_ROWS = 200;
/** In px. */
const SPARK = { width: 140, height: 22 };

interface Group {
  readonly value: string;
  readonly sum: number;
  readonly series: TimeSeries;
}

export class Breakdown implements Part {
  private readonly panel = byId('breakdown', HTMLElement);
  private readonly label = el('select', { 'aria-label': 'Label' });
  private readonly note = el('span', { class: 'quiet' });
  private readonly table = el('table');
  private readonly actions: Actions;
  /** What the table shows: drawn anew, it would lose the focus. */
  private drawn: readonly unknown[] = [];

  constructor(actions: Actions) {
    this.actions = actions;
    const bar = el('div', { class: 'bar' }, el('label', {}, 'By ', this.label), this.note);
    this.panel.append(bar, el('div', { class: 'scroll' }, this.table));
    this.label.addEventListener('change', () => {
      actions.change({ groupBy: this.label.value });
    });
  }

  readonly render = (view: PageView): void => {
    const { state, data } = view;
    this.panel.hidden = state.view !== 'breakdown';
    if (this.panel.hidden) return;
    const label = data.groupLabel(state);
    const names = data.ownLabelNames;
    const options = names.includes(label) || label === '' ? names : [label, ...names];
    setOptions(
      this.label,
      options.map((name) => [name, name]),
      label,
    );
    // What is there is by the label before.
    if (data.groups.isLoading && label !== this.drawn[1]) return;
    const key = [data.groups.value, label, state, view.range?.fromMs];
    if (key.every((part, index) => part === this.drawn[index])) return;
    this.drawn = key;
    const isMatch = nameMatcher(state.search);
    const all = listGroups(data.groups.value ?? [], label);
    const groups = all.filter(({ value }) => isMatch(value));
    const sum = all.reduce((total, group) => total + group.sum, 0);
    const side = state.right === undefined ? '' : ' of A';
    const more = groups.length > MAX_ROWS ? `, the first ${MAX_ROWS} are shown` : '';
    this.note.textContent =
      label === ''
        ? 'These profiles have no labels.'
        : `${groups.length} value${groups.length === 1 ? '' : 's'}${side}${more}`;
    const focused = this.table.contains(document.activeElement)
      ? document.activeElement?.getAttribute('aria-label')
      : undefined;
    this.table.replaceChildren(
      drawHead(label),
      el('tbody', {}, ...groups.slice(0, MAX_ROWS).map((group) => this.drawRow(group, label, { sum, view }))),
    );
    const buttons = [...this.table.querySelectorAll('button')];
    buttons.find((button) => button.ariaLabel === focused)?.focus();
  };

  private drawRow(group: Group, label: string, { sum, view }: { sum: number; view: PageView }): HTMLElement {
    const { state, range } = view;
    const name = group.value === '' ? '(none)' : visibleText(group.value);
    const only: Matcher = { name: label, operator: '=', value: group.value };
    const rest: Matcher = { ...only, operator: '!=' };
    const others = state.left.matchers.filter((matcher) => matcher.name !== label);
    const show = button('Show', { 'aria-label': `Show ${name} alone` }, () => {
      this.actions.change({ left: { ...state.left, matchers: [...others, only] }, view: 'both' });
    });
    const compare = button('Against the rest', { 'aria-label': `Compare the rest with ${name}` }, () => {
      const left = { ...state.left, matchers: [...others, rest] };
      const right = { ...state.left, matchers: [...others, only] };
      const sort = { key: 'change', isDescending: true } as const;
      this.actions.change({ left, right, sort, view: 'both', focus: '', zoom: '' });
    });
    const value = el('td', { class: 'value' }, formatValue(group.sum, unitOf(state.type)), ' ');
    value.append(el('span', { class: 'quiet' }, formatPercent(group.sum, sum)));
    value.style.setProperty('--share', `${sum === 0 ? 0 : ((group.sum / sum) * 100).toFixed(2)}%`);
    const heading = el(
      'th',
      { scope: 'row', title: name },
      el('span', { class: 'cell' }, el('bdi', {}, name)),
    );
    return el(
      'tr',
      {},
      heading,
      value,
      el('td', { class: 'spark' }, drawSpark(group, state.left.selection ?? range!)),
      el('td', { class: 'ways' }, show, compare),
    );
  }
}

function drawHead(label: string): HTMLElement {
  const columns = [
    [label, 'name'],
    ['Total', 'value'],
    ['Over time', 'spark'],
  ] as const;
  const heads = columns.map(([title, kind]) => el('th', { scope: 'col', class: kind }, title));
  return el(
    'thead',
    {},
    el('tr', {}, ...heads, el('th', { scope: 'col' }, el('span', { class: 'hidden' }, 'Ways'))),
  );
}

function listGroups(series: readonly TimeSeries[], label: string): readonly Group[] {
  return series
    .map((one) => ({
      value: one.labels.find(([name]) => name === label)?.[1] ?? '',
      sum: one.points.reduce((sum, { value }) => sum + value, 0),
      series: one,
    }))
    .filter(({ sum }) => sum > 0)
    .sort((a, b) => b.sum - a.sum || (a.value < b.value ? -1 : 1));
}

function drawSpark({ series: { points } }: Group, range: Span): SVGElement {
  const { width, height } = SPARK;
  const peak = points.reduce((most, { value }) => Math.max(most, value), 0);
  const bars = drawBars(points, { range, width, height, stepMs: stepSecondsOf(range) * 1_000, peak });
  return svgEl('svg', { width, height, 'aria-hidden': 'true' }, bars);
}
