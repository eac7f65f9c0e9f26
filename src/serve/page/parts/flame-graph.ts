// A flame graph that mouse, keyboard and screen reader can walk: a canvas in a scrolled box that is a tree for those who hear it.
import type { CallTree } from '../model/call-tree.ts';
import { neighbour, nodeAt, ROW_HEIGHT } from '../model/flame-geometry.ts';
import type { Direction } from '../model/flame-geometry.ts';
import type { Found } from '../model/name-search.ts';
import { sameFrame } from '../model/zoom-path.ts';
import { el } from './element.ts';
import { FlamePainter } from './flame-painter.ts';
import { THEME_EVENT } from './theme.ts';

export interface FlameView {
  readonly tree: CallTree;
  readonly zoom: number;
  readonly found: Found | undefined;
}

export interface FlameListener {
  readonly onZoom: (node: number) => void;
  /** The frame of the keyboard or of the last click. */
  readonly onCurrent: (tree: CallTree, node: number) => void;
  /** Undefined: the mouse has left. */
  readonly onHover: (tree: CallTree, node: number | undefined, event: MouseEvent) => void;
  /** Opens the function between its callers and callees. */
  readonly onFocus: (tree: CallTree, node: number) => void;
  /** Out of what is zoomed or focused, one step. */
  readonly onEscape: () => void;
  readonly describe: (tree: CallTree, node: number) => string;
}

let graphs = 0;

export class FlameGraph {
  readonly element: HTMLElement;
  private readonly frames = el('canvas', { 'aria-hidden': 'true' });
  private readonly marks = el('canvas', { 'aria-hidden': 'true' });
  private readonly spacer = el('div', { class: 'spacer' });
  /** Two that take turns: a reader hears the other one, not the change of one. */
  private readonly items: readonly [HTMLElement, HTMLElement];
  private readonly painter = new FlamePainter(this.frames, this.marks);
  private readonly listener: FlameListener;
  private readonly isUpward: boolean;
  private view: FlameView | undefined;
  private hover = -1;
  private current = 0;
  private isScheduled = false;

  constructor(label: string, isUpward: boolean, listener: FlameListener) {
    this.listener = listener;
    this.isUpward = isUpward;
    const id = `flame-${(graphs += 1)}`;
    const item = (name: string): HTMLElement =>
      el('div', { id: `${id}-${name}`, role: 'treeitem', class: 'hidden' });
    this.items = [item('a'), item('b')];
    this.element = el('div', { class: 'flame', role: 'tree', tabindex: 0, 'aria-label': label });
    this.element.append(this.frames, this.marks, this.spacer, ...this.items);
    new ResizeObserver(this.schedule).observe(this.element);
    addEventListener(THEME_EVENT, this.restyle);
    this.listen();
    this.restyle();
  }

  render(view: FlameView): void {
    const before = this.view;
    const isNewTree = before?.tree !== view.tree;
    const kept = before && isNewTree ? sameFrame(before.tree, this.current, view.tree) : undefined;
    if (isNewTree) {
      this.current = kept ?? view.zoom;
      this.hover = -1;
    }
    this.view = view;
    const tall = `${(view.tree.rows.length - 1) * ROW_HEIGHT}px`;
    this.spacer.style.height = tall;
    this.element.style.setProperty('--tall', tall);
    if (isNewTree) {
      this.tell(kept === undefined);
      if (this.isUpward) this.element.scrollTop = this.element.scrollHeight;
    }
    this.schedule();
  }

  private readonly restyle = (): void => {
    this.painter.readStyle();
    this.schedule();
  };

  private readonly schedule = (): void => {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.paint();
    });
  };

  private paint(): void {
    const { view, element, hover, current, isUpward } = this;
    const { clientWidth: width, clientHeight: height, scrollTop } = element;
    if (view === undefined || width === 0 || height === 0) return;
    for (const canvas of [this.frames, this.marks]) {
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const isFocused = document.activeElement === element;
    this.painter.paint({ ...view, hover, current, isFocused, isUpward }, { width, height, scrollTop });
  }

  private listen(): void {
    const { element, listener } = this;
    for (const kind of ['scroll', 'focus', 'blur']) element.addEventListener(kind, this.schedule);
    element.addEventListener('mousemove', (event) => {
      const node = this.nodeBelow(event);
      if (this.view !== undefined) listener.onHover(this.view.tree, node, event);
      if (this.hover === (node ?? -1)) return;
      this.hover = node ?? -1;
      element.classList.toggle('pointing', node !== undefined);
      this.schedule();
    });
    element.addEventListener('mouseleave', (event) => {
      this.hover = -1;
      if (this.view !== undefined) listener.onHover(this.view.tree, undefined, event);
      this.schedule();
    });
    element.addEventListener('click', (event) => {
      const node = this.nodeBelow(event);
      if (node === undefined) return;
      this.moveTo(node);
      listener.onZoom(node);
    });
    element.addEventListener('dblclick', (event) => {
      const node = this.nodeBelow(event);
      if (node !== undefined && node !== 0) listener.onFocus(this.view!.tree, node);
    });
    element.addEventListener('keydown', (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && this.press(event.key)) event.preventDefault();
    });
  }

  private nodeBelow(event: MouseEvent): number | undefined {
    const { view, element } = this;
    if (view === undefined) return undefined;
    const bounds = element.getBoundingClientRect();
    const row = Math.floor((event.clientY - bounds.top + element.scrollTop) / ROW_HEIGHT);
    const rows = view.tree.rows.length - 1;
    const depth = this.isUpward ? rows - 1 - row : row;
    if (depth < 0 || depth >= rows) return undefined;
    return nodeAt(view.tree, view.zoom, {
      depth,
      x: event.clientX - bounds.left,
      width: element.clientWidth,
    });
  }

  /** Whether the key means something here. */
  private press(key: string): boolean {
    const { view, current, listener } = this;
    if (view === undefined) return false;
    const [down, up]: readonly [Direction, Direction] = this.isUpward
      ? ['parent', 'child']
      : ['child', 'parent'];
    const ways: Readonly<Record<string, Direction>> = {
      ArrowDown: down,
      ArrowUp: up,
      ArrowLeft: 'previous',
      ArrowRight: 'next',
      Home: 'root',
    };
    const way = ways[key];
    if (way !== undefined) this.moveTo(neighbour(view.tree, view.zoom, current, way));
    else if (key === 'Enter' || key === ' ') listener.onZoom(current);
    else if (key === 'Escape') listener.onEscape();
    else if (key === 'f' && current !== 0) listener.onFocus(view.tree, current);
    else return false;
    return true;
  }

  private moveTo(node: number): void {
    this.current = node;
    this.tell(true);
    this.listener.onCurrent(this.view!.tree, node);
    const { tree } = this.view!;
    const row = this.isUpward ? tree.rows.length - 2 - tree.depth[node]! : tree.depth[node]!;
    const { element } = this;
    const [top, bottom] = [row * ROW_HEIGHT, (row + 1) * ROW_HEIGHT];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight)
      element.scrollTop = bottom - element.clientHeight;
    this.schedule();
  }

  /** A refresh that leaves the frame as it is changes its numbers, but is not read out. */
  private tell(isAnother: boolean): void {
    const { tree } = this.view!;
    const isFirst = this.element.getAttribute('aria-activedescendant') === this.items[0].id;
    const [item, other] = isFirst === isAnother ? [this.items[1], this.items[0]] : this.items;
    item.textContent = this.listener.describe(tree, this.current);
    item.setAttribute('aria-level', String(tree.depth[this.current]! + 1));
    item.setAttribute('aria-selected', 'true');
    other.textContent = '';
    other.removeAttribute('aria-selected');
    this.element.setAttribute('aria-activedescendant', item.id);
  }
}
