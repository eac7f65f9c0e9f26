// What the page knows from the server, and which questions a view needs.
import type { CallError } from './api/connect.ts';
import {
  askDiff,
  askLabelNames,
  askLabelValues,
  askSeries,
  askServices,
  askTree,
  MAX_NODES,
} from './api/querier.ts';
import type { ServiceTypes, TimeSeries } from './api/querier.ts';
import { Loader } from './loader.ts';
import type { CallTree } from './model/call-tree.ts';
import type { Query } from './model/query.ts';
import { isOwnLabel, selectorText } from './model/selector-text.ts';
import { stepSecondsOf } from './model/time-range.ts';
import type { Side, Span, ViewState } from './model/view-state.ts';

/** What a break-down starts with, where the label is there. */
const USUAL_GROUPS = ['uri', 'entrypoint', 'entry_point', 'route', 'url'];
/** What the server calls frames that it has put together. */
const PUT_TOGETHER = 'other';

/** Undefined in `tree`: nothing matches. */
export interface TreeAnswer {
  readonly tree: CallTree | undefined;
}

export class PageData {
  readonly services: Loader<readonly ServiceTypes[]>;
  readonly labelNames: Loader<readonly string[]>;
  readonly leftSeries: Loader<readonly TimeSeries[]>;
  readonly rightSeries: Loader<readonly TimeSeries[]>;
  readonly groups: Loader<readonly TimeSeries[]>;
  readonly tree: Loader<TreeAnswer>;
  private readonly all: readonly Loader<unknown>[];
  /** Grows with every refresh, so that the same questions are asked again. */
  private round = 0;

  constructor(onChange: () => void) {
    this.services = new Loader(onChange);
    this.labelNames = new Loader(onChange);
    this.leftSeries = new Loader(onChange);
    this.rightSeries = new Loader(onChange);
    this.groups = new Loader(onChange);
    this.tree = new Loader(onChange);
    this.all = [this.services, this.labelNames, this.leftSeries, this.rightSeries, this.groups, this.tree];
  }

  get isLoading(): boolean {
    return this.all.some((loader) => loader.isLoading);
  }

  /** The gravest trouble there is. */
  get error(): CallError | undefined {
    const errors = this.all.flatMap((loader) => loader.error ?? []);
    return errors.find(({ kind }) => kind === 'forbidden') ?? errors[0];
  }

  expire(): void {
    this.round += 1;
  }

  /** Asks for what the view needs and is not there. */
  want(state: ViewState, range: Span): void {
    this.ask(this.services, range, (signal) => askServices(range, signal));
    if (state.service === '' || state.type === '') return;
    const all = queryOf(state, { matchers: [], selection: undefined }, range);
    this.ask(this.labelNames, all, (signal) => askLabelNames(all, signal));
    this.wantSeries(this.leftSeries, state, { ...state.left, selection: undefined }, range);
    if (state.right === undefined) this.rightSeries.clear();
    else this.wantSeries(this.rightSeries, state, { ...state.right, selection: undefined }, range);
    this.wantTree(state, range);
    this.wantGroups(state, range);
  }

  /** Label that the break-down is by; empty where there is no label. */
  groupLabel(state: ViewState): string {
    if (state.groupBy !== '') return state.groupBy;
    const names = this.ownLabelNames;
    return USUAL_GROUPS.find((name) => names.includes(name)) ?? names[0] ?? '';
  }

  /** Labels that somebody chose by. */
  get ownLabelNames(): readonly string[] {
    return (this.labelNames.value ?? []).filter((name) => !isOwnLabel(name));
  }

  async labelValues(name: string, state: ViewState, range: Span): Promise<readonly string[]> {
    const query = queryOf(state, { matchers: [], selection: undefined }, range);
    return askLabelValues(name, query, new AbortController().signal);
  }

  /** What is shown, with all frames that are too narrow to be shown: for files. Throws CallError. */
  async wholeTree(state: ViewState, range: Span): Promise<CallTree | undefined> {
    const shown = this.tree.value?.tree;
    if (shown?.names.includes(PUT_TOGETHER) !== true) return shown;
    const { left, right } = queriesOf(state, range);
    const { signal } = new AbortController();
    return right === undefined ? askTree(left, signal, MAX_NODES) : askDiff([left, right], signal, MAX_NODES);
  }

  private wantTree(state: ViewState, range: Span): void {
    const { left, right } = queriesOf(state, range);
    this.ask(this.tree, { left, right }, async (signal) => ({
      tree: right === undefined ? await askTree(left, signal) : await askDiff([left, right], signal),
    }));
  }

  private wantSeries(loader: Loader<readonly TimeSeries[]>, state: ViewState, side: Side, range: Span): void {
    const query = queryOf(state, side, range);
    const options = { stepSeconds: stepSecondsOf(range), groupBy: [] };
    this.ask(loader, query, (signal) => askSeries(query, options, signal));
  }

  private wantGroups(state: ViewState, range: Span): void {
    const label = this.groupLabel(state);
    if (state.view !== 'breakdown' || label === '') return;
    const query = queryOf(state, state.left, range);
    const options = { stepSeconds: stepSecondsOf(query.span), groupBy: [label] };
    this.ask(this.groups, { query, label }, (signal) => askSeries(query, options, signal));
  }

  private ask<Value>(
    loader: Loader<Value>,
    what: object,
    ask: (signal: AbortSignal) => Promise<Value>,
  ): void {
    loader.want(JSON.stringify([this.round, what]), ask);
  }
}

function queriesOf(state: ViewState, range: Span): { left: Query; right: Query | undefined } {
  const right = state.right === undefined ? undefined : queryOf(state, state.right, range);
  return { left: queryOf(state, state.left, range), right };
}

export function queryOf({ service, type }: ViewState, { matchers, selection }: Side, range: Span): Query {
  return { type, selector: selectorText(service, matchers), span: selection ?? range };
}
