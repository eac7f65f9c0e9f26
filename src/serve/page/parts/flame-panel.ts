// The flame graph with what belongs to it: the frame that is meant, zoom, callers and callees of one function, the legend.
import { nodeName, shareOf } from '../model/call-tree.ts';
import type { CallTree } from '../model/call-tree.ts';
import { findNames } from '../model/name-search.ts';
import { focusOn } from '../model/sandwich.ts';
import type { Sandwich } from '../model/sandwich.ts';
import { formatChange, formatPercent, formatValue, unitOf } from '../model/value-format.ts';
import { visibleName } from '../model/visible-name.ts';
import { encodePath, followPath, sameFrame } from '../model/zoom-path.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el } from './element.ts';
import { FlameGraph } from './flame-graph.ts';
import type { FlameListener } from './flame-graph.ts';
import { FlameTip } from './flame-tip.ts';

const HELP = 'Arrow keys walk, Enter zooms, Escape goes back, F shows callers and callees.';

export class FlamePanel implements Part {
  private readonly panel = byId('flames', HTMLElement);
  private readonly title = el('span', { class: 'frame-name' });
  private readonly facts = el('span', { class: 'quiet' });
  private readonly reset: HTMLButtonElement;
  private readonly focus: HTMLButtonElement;
  private readonly unfocus: HTMLButtonElement;
  private readonly legend = el('div', { class: 'legend' });
  private readonly whole: FlameGraph;
  private readonly callers: FlameGraph;
  private readonly callees: FlameGraph;
  private readonly stage = el('div', { class: 'stage' });
  private readonly tip = new FlameTip();
  private readonly actions: Actions;
  private view: PageView | undefined;
  private current: { readonly tree: CallTree; readonly node: number } | undefined;
  private sandwich:
    { readonly tree: CallTree; readonly name: string; readonly found: Sandwich | undefined } | undefined;

  constructor(actions: Actions) {
    this.actions = actions;
    this.reset = button('Reset zoom', {}, () => {
      actions.change({ zoom: '' });
    });
    this.focus = button('Callers and callees', {}, () => {
      if (this.current !== undefined) this.focusFrame(this.current.tree, this.current.node);
    });
    this.unfocus = button('Back to all calls', { class: 'primary' }, () => {
      actions.change({ focus: '', zoom: '' });
    });
    this.whole = new FlameGraph(`Flame graph. ${HELP}`, false, this.listener(true));
    this.callers = new FlameGraph(`Callers. ${HELP}`, true, this.listener(false));
    this.callees = new FlameGraph(`Callees. ${HELP}`, false, this.listener(true));
    const ways = el('div', { class: 'ways' }, this.focus, this.reset, this.unfocus);
    const bar = el('div', { class: 'bar' }, el('div', { class: 'frame-info' }, this.title, this.facts), ways);
    this.panel.append(bar, this.stage, this.legend);
    drawLegend(this.legend);
  }

  readonly render = (view: PageView): void => {
    this.view = view;
    const { state } = view;
    const tree = view.data.tree.value?.tree;
    this.panel.hidden = state.view !== 'both' && state.view !== 'flame';
    this.legend.hidden = tree?.right === undefined;
    if (tree === undefined || this.panel.hidden) return;
    const sandwich = this.sandwichOf(tree, state.focus);
    const main = sandwich?.callees ?? tree;
    const zoom = followPath(main, state.zoom);
    const isKnown = this.current !== undefined && [main, sandwich?.callers].includes(this.current.tree);
    if (!isKnown) {
      const kept = this.current && sameFrame(this.current.tree, this.current.node, main);
      this.current = { tree: main, node: kept ?? zoom };
    }
    this.renderBar(zoom, sandwich !== undefined);
    const search = (one: CallTree): ReturnType<typeof findNames> => findNames(one, state.search);
    if (sandwich === undefined) {
      this.stage.className = 'stage';
      if (!this.whole.element.isConnected) this.stage.replaceChildren(this.whole.element);
      this.whole.render({ tree, zoom, found: search(tree) });
      return;
    }
    const { callers, callees } = sandwich;
    this.stage.className = 'stage split';
    if (!this.callees.element.isConnected) {
      this.stage.replaceChildren(
        el('h3', {}, 'Called by'),
        this.callers.element,
        el('h3', {}, 'Calls'),
        this.callees.element,
      );
    }
    this.callers.render({ tree: callers, zoom: 0, found: search(callers) });
    this.callees.render({ tree: callees, zoom, found: search(callees) });
  };

  private sandwichOf(tree: CallTree, name: string): Sandwich | undefined {
    if (name === '') return undefined;
    if (this.sandwich?.tree !== tree || this.sandwich.name !== name) {
      this.sandwich = { tree, name, found: focusOn(tree, name) };
    }
    return this.sandwich.found;
  }

  private renderBar(zoom: number, isSandwich: boolean): void {
    const { tree, node } = this.current!;
    const name = nodeName(tree, node);
    this.title.textContent = visibleName(name);
    this.title.title = visibleName(name);
    this.facts.textContent = this.factsOf(tree, node);
    this.focus.hidden = node === 0;
    this.reset.hidden = zoom === 0;
    this.unfocus.hidden = !isSandwich;
  }

  private listener(canZoom: boolean): FlameListener {
    return {
      onZoom: (node) => {
        const { tree } = this.current!;
        if (canZoom) this.actions.change({ zoom: encodePath(tree, node) });
      },
      onCurrent: (tree, node) => {
        this.current = { tree, node };
        this.renderBar(followPath(tree, this.view!.state.zoom), this.view!.state.focus !== '');
      },
      onHover: (tree, node, event) => {
        if (node === undefined) this.tip.hide();
        else this.tip.show(visibleName(nodeName(tree, node)), this.factsOf(tree, node), event);
      },
      onFocus: (tree, node) => {
        this.focusFrame(tree, node);
      },
      onEscape: () => {
        const { zoom, focus } = this.view!.state;
        if (zoom !== '') this.actions.change({ zoom: '' });
        else if (focus !== '') this.actions.change({ focus: '' });
      },
      describe: (tree, node) => `${visibleName(nodeName(tree, node))}, ${this.factsOf(tree, node)}`,
    };
  }

  private focusFrame(tree: CallTree, node: number): void {
    const name = nodeName(tree, node);
    this.tip.hide();
    this.actions.change({ focus: name, zoom: '' });
    this.actions.announce(`Callers and callees of ${visibleName(name)}`);
  }

  /** Shares are of all that the query found, also where one function is looked at. */
  private factsOf(tree: CallTree, node: number): string {
    const whole = this.view!.data.tree.value?.tree ?? tree;
    const unit = unitOf(this.view!.state.type);
    const { left, right } = tree;
    const part = (value: number, of: number): string =>
      `${formatValue(value, unit)} (${formatPercent(value, of)})`;
    const [leftAll, rightAll] = [whole.left.total[0]!, whole.right?.total[0] ?? 0];
    if (right === undefined) {
      return `total ${part(left.total[node]!, leftAll)}, self ${part(left.self[node]!, leftAll)}`;
    }
    const change =
      tree === whole
        ? formatChange(shareOf(left, node), shareOf(right, node))
        : formatChange(left.total[node]! / (leftAll || 1), right.total[node]! / (rightAll || 1));
    return `A ${part(left.total[node]!, leftAll)}, B ${part(right.total[node]!, rightAll)}, ${change}`;
  }
}

function drawLegend(legend: HTMLElement): void {
  const scale = el('span', { class: 'scale', 'aria-hidden': 'true' });
  legend.append('less in B', scale, 'more in B');
  legend.title = 'Shares of all samples of A and of B; fourfold, new or gone is the strongest colour';
}
