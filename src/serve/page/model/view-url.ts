// A view as the query part of the page's address, and back. What an address says wrongly is the default.
import type { Matcher, MatchOperator } from '../../../store/selector.ts';
import { DEFAULT_STATE, EMPTY_SIDE, SORT_KEYS, VIEWS } from './view-state.ts';
import type { Side, Sort, Span, ViewState } from './view-state.ts';

/** Without the question mark; what is as usual is left out. */
export function encodeView(state: ViewState): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string, usual: string): void => {
    if (value !== usual) query.set(name, value);
  };
  put('service', state.service, '');
  put('type', state.type, '');
  put('from', state.from, DEFAULT_STATE.from);
  put('until', state.until, DEFAULT_STATE.until);
  put('live', state.isLive ? '1' : '', '');
  putSide(query, state.left, '');
  if (state.right !== undefined) {
    query.set('compare', '1');
    putSide(query, state.right, 'B');
  }
  put('view', state.view, DEFAULT_STATE.view);
  put('by', state.groupBy, '');
  put('search', state.search, '');
  put('focus', state.focus, '');
  put('zoom', state.zoom, '');
  put('sort', encodeSort(state.sort), encodeSort(DEFAULT_STATE.sort));
  return query.toString();
}

export function decodeView(text: string): ViewState {
  const query = new URLSearchParams(text);
  const get = (name: string, usual = ''): string => query.get(name) ?? usual;
  return {
    service: get('service'),
    type: get('type'),
    from: get('from', DEFAULT_STATE.from),
    until: get('until', DEFAULT_STATE.until),
    isLive: get('live') === '1',
    left: getSide(query, ''),
    right: get('compare') === '1' ? getSide(query, 'B') : undefined,
    view: VIEWS.find((view) => view === get('view')) ?? DEFAULT_STATE.view,
    groupBy: get('by'),
    search: get('search'),
    focus: get('focus'),
    zoom: get('zoom'),
    sort: decodeSort(get('sort')),
  };
}

function putSide(query: URLSearchParams, { matchers, selection }: Side, suffix: string): void {
  for (const matcher of matchers) query.append(`label${suffix}`, encodeMatcher(matcher));
  if (selection !== undefined) query.set(`span${suffix}`, `${selection.fromMs}-${selection.untilMs}`);
}

function getSide(query: URLSearchParams, suffix: string): Side {
  const matchers = query.getAll(`label${suffix}`).flatMap((text) => decodeMatcher(text) ?? []);
  return { ...EMPTY_SIDE, matchers, selection: decodeSpan(query.get(`span${suffix}`) ?? '') };
}

/** A space before what would be taken for a part of the operator, or for such a space. */
function encodeMatcher({ name, operator, value }: Matcher): string {
  return `${name}${operator}${/^[~ ]/.test(value) ? ' ' : ''}${value}`;
}

function decodeMatcher(text: string): Matcher | undefined {
  const match = /^([^=!~]+)(=~|!~|!=|=) ?(.*)$/s.exec(text);
  if (match === null) return undefined;
  return { name: match[1]!, operator: match[2] as MatchOperator, value: match[3]! };
}

function decodeSpan(text: string): Span | undefined {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  if (match === null) return undefined;
  const span = { fromMs: Number(match[1]), untilMs: Number(match[2]) };
  return span.fromMs < span.untilMs ? span : undefined;
}

function encodeSort({ key, isDescending }: Sort): string {
  return `${isDescending ? '-' : ''}${key}`;
}

function decodeSort(text: string): Sort {
  const isDescending = text.startsWith('-');
  const key = SORT_KEYS.find((known) => known === text.replace(/^-/, ''));
  return key === undefined ? DEFAULT_STATE.sort : { key, isDescending };
}
