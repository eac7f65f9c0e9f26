// All functions with what they cost: the same that the flame graph shows, for reading, sorting and hearing.
import type { CallTree } from '../model/call-tree.ts';
import { changeColor, packageColor, toHex } from '../model/colors.ts';
import { describeChange, listFunctions, sharesOf, sortRows } from '../model/function-rows.ts';
import type { FunctionRow } from '../model/function-rows.ts';
import { ownNameStart } from '../model/name-parts.ts';
import { nameMatcher } from '../model/name-search.ts';
import { formatPercent, formatValue, unitOf } from '../model/value-format.ts';
import { visibleName } from '../model/visible-name.ts';
import type { Sort, SortKey } from '../model/view-state.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el } from './element.ts';
import { walkRows } from './row-keys.ts';

/** More rows come by a button. */
const PAGE_ROWS = 200;

interface Column {
  readonly key: SortKey;
  readonly title: string;
}

const NAME: Column = { key: 'name', title: 'Function' };
const SINGLE: readonly Column[] = [NAME, { key: 'self', title: 'Self' }, { key: 'total', title: 'Total' }];
const COMPARED: readonly Column[] = [
  NAME,
  { key: 'left', title: 'A total' },
  { key: 'right', title: 'B total' },
  { key: 'change', title: 'Change' },
];

export class FunctionTable implements Part {
  private readonly panel = byId('functions', HTMLElement);
  private readonly head = el('tr');
  private readonly body = el('tbody');
  private readonly caption = el('caption');
  private readonly more: HTMLButtonElement;
  private readonly actions: Actions;
  private view: PageView | undefined;
  /** All of them, in order: a search of every key stroke only picks. */
  private listed:
    { readonly tree: CallTree; readonly sort: Sort; readonly rows: readonly FunctionRow[] } | undefined;
  private limit = PAGE_ROWS;
  private drawn = '';
  private drawnTree: CallTree | undefined;

  constructor(actions: Actions) {
    this.actions = actions;
    this.more = button('', { class: 'more' }, () => {
      this.limit += PAGE_ROWS;
      this.render(this.view!);
    });
    const table = el('table', {}, this.caption, el('thead', {}, this.head), this.body);
    this.panel.append(el('div', { class: 'scroll' }, table, this.more));
    walkRows(this.body);
  }

  readonly render = (view: PageView): void => {
    this.view = view;
    const { state } = view;
    const tree = view.data.tree.value?.tree;
    this.panel.hidden = state.view !== 'both' && state.view !== 'table';
    if (tree === undefined || this.panel.hidden) return;
    const key = JSON.stringify([state.search, state.sort, state.focus, state.type, this.limit]);
    if (key === this.drawn && tree === this.drawnTree) return;
    [this.drawn, this.drawnTree] = [key, tree];
    this.draw(view, tree);
  };

  private draw({ state }: PageView, tree: CallTree): void {
    const columns = tree.right === undefined ? SINGLE : COMPARED;
    const sort = columns.some(({ key }) => key === state.sort.key) ? state.sort : usualSort(tree);
    const isMatch = nameMatcher(state.search);
    const all = this.listInOrder(tree, sort);
    const rows = all.filter(({ name }) => isMatch(name));
    this.drawHead(columns, sort);
    this.panel.classList.toggle('compared', tree.right !== undefined);
    const shown = rows.slice(0, this.limit);
    const context = { tree, unit: unitOf(state.type), focus: state.focus };
    const focused = this.body.contains(document.activeElement)
      ? document.activeElement?.getAttribute('title')
      : null;
    this.body.replaceChildren(...shown.map((row) => this.drawRow(row, context)));
    const buttons = [...this.body.querySelectorAll('button')];
    const known = focused === null ? undefined : buttons.find(({ title }) => title === focused);
    const current = known ?? this.body.querySelector<HTMLElement>('[aria-current] button') ?? buttons[0];
    // One stop of the tabulator; the arrow keys lead to the others.
    for (const other of buttons) other.tabIndex = other === current ? 0 : -1;
    known?.focus();
    const of = rows.length === all.length ? '' : ` of ${all.length}`;
    this.caption.textContent = `${rows.length}${of} functions`;
    this.more.hidden = rows.length <= shown.length;
    this.more.textContent = `Show ${Math.min(PAGE_ROWS, rows.length - shown.length)} more`;
  }

  private listInOrder(tree: CallTree, sort: Sort): readonly FunctionRow[] {
    const { listed } = this;
    const isKnown = listed?.tree === tree;
    if (isKnown && listed.sort.key === sort.key && listed.sort.isDescending === sort.isDescending)
      return listed.rows;
    const rows = sortRows(isKnown ? listed.rows : listFunctions(tree), sort, tree);
    this.listed = { tree, sort, rows };
    return rows;
  }

  private drawHead(columns: readonly Column[], sort: Sort): void {
    const focused = document.activeElement?.getAttribute('data-key');
    this.head.replaceChildren(
      ...columns.map(({ key, title }) => {
        const isSorted = sort.key === key;
        const arrow = !isSorted ? '' : sort.isDescending ? ' ↓' : ' ↑';
        const sorter = button(title, { 'data-key': key }, () => {
          const isDescending = isSorted ? !sort.isDescending : key !== 'name';
          this.actions.change({ sort: { key, isDescending } }, 'adjustment');
        });
        sorter.append(el('span', { 'aria-hidden': 'true' }, arrow));
        const order = sort.isDescending ? 'descending' : 'ascending';
        return el('th', { scope: 'col', class: key, 'aria-sort': isSorted ? order : 'none' }, sorter);
      }),
    );
    if (focused === null || focused === undefined) return;
    this.head.querySelector<HTMLElement>(`[data-key="${focused}"]`)?.focus();
  }

  private drawRow(row: FunctionRow, context: { tree: CallTree; unit: string; focus: string }): HTMLElement {
    const { tree, unit, focus } = context;
    const { name, left, right } = row;
    const shares = sharesOf(row, tree);
    const color = right === undefined ? packageColor(name) : changeColor(shares.left, shares.right);
    const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
    swatch.style.background = toHex(color);
    const shownName = visibleName(name);
    const open = button('', { title: shownName, class: 'name' }, () => {
      this.actions.change({ focus: focus === name ? '' : name, zoom: '' });
      this.actions.announce(focus === name ? 'All calls' : `Callers and callees of ${shownName}`);
    });
    open.append(...drawName(shownName));
    const whole = tree.left.total[0]!;
    const cells =
      right === undefined
        ? [drawValue(left.self, whole, unit), drawValue(left.total, whole, unit)]
        : [
            drawValue(left.total, whole, unit),
            drawValue(right.total, tree.right!.total[0]!, unit),
            el('td', { class: `change ${changeClass(shares)}` }, describeChange(row, tree)),
          ];
    const heading = el('th', { scope: 'row' }, el('span', { class: 'cell' }, swatch, open));
    return el(
      'tr',
      { 'aria-current': focus === name && name !== '' ? 'true' : undefined },
      heading,
      ...cells,
    );
  }
}

function changeClass({ left, right }: { left: number; right: number }): string {
  if (left === right) return 'quiet';
  return right > left ? 'worse' : 'better';
}

/** For a view that was sorted by a column that is not there. */
function usualSort({ right }: CallTree): Sort {
  return { key: right === undefined ? 'self' : 'change', isDescending: true };
}

/** The namespace gives way first where there is little room. */
function drawName(name: string): HTMLElement[] {
  const cut = ownNameStart(name);
  const own = el('span', { class: 'own' }, name.slice(cut));
  return cut === 0 ? [own] : [el('span', { class: 'namespace' }, name.slice(0, cut)), own];
}

function drawValue(value: number, whole: number, unit: string): HTMLElement {
  const share = whole === 0 ? 0 : value / whole;
  const percent = el('span', { class: 'quiet' }, formatPercent(value, whole));
  const cell = el(
    'td',
    { class: value === 0 ? 'value quiet' : 'value' },
    el('span', {}, formatValue(value, unit)),
    ' ',
    percent,
  );
  cell.style.setProperty('--share', `${(share * 100).toFixed(2)}%`);
  return cell;
}
