// Files of what is shown. pprof comes from the server as it merges it, the others are made of the tree.
import { CallError } from '../api/connect.ts';
import { encodeFolded } from '../files/folded.ts';
import { fetchPprof } from '../files/pprof.ts';
import { fileName, saveFile } from '../files/save.ts';
import { encodeSpeedscope } from '../files/speedscope.ts';
import { encodeSvg } from '../files/svg.ts';
import { nameOfTypeId, unitOf } from '../model/value-format.ts';
import type { CallTree } from '../model/call-tree.ts';
import type { Side } from '../model/view-state.ts';
import { queryOf } from '../page-data.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { button, byId, el } from './element.ts';

export class Downloads implements Part {
  private readonly menu = byId('download', HTMLDetailsElement);
  private readonly items = byId('download-items', HTMLElement);
  private readonly actions: Actions;
  private view: PageView | undefined;
  private drawn = '';

  constructor(actions: Actions) {
    this.actions = actions;
    document.addEventListener('click', (event) => {
      if (event.target instanceof Node && !this.menu.contains(event.target)) this.menu.open = false;
    });
    this.menu.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.menu.open = false;
      this.menu.querySelector('summary')?.focus();
    });
  }

  readonly render = (view: PageView): void => {
    this.view = view;
    const isComparison = view.state.right !== undefined;
    const isReady = view.data.tree.value?.tree !== undefined;
    const key = `${isComparison} ${isReady}`;
    if (key === this.drawn) return;
    this.drawn = key;
    if (!isReady) {
      this.items.replaceChildren(el('p', { class: 'quiet' }, 'There is nothing to download.'));
      return;
    }
    const pprof = isComparison
      ? [
          this.item('pprof of A', '.pb.gz', () => this.savePprof('left')),
          this.item('pprof of B', '.pb.gz', () => this.savePprof('right')),
        ]
      : [this.item('pprof', '.pb.gz', () => this.savePprof('left'))];
    this.items.replaceChildren(
      ...pprof,
      this.item('Folded stacks', '.folded', () => this.saveStacks('folded', 'text/plain', encodeFolded)),
      this.item('speedscope', '.json', () =>
        this.saveStacks('speedscope.json', 'application/json', (tree) =>
          encodeSpeedscope(tree, this.heading),
        ),
      ),
      this.item('Flame graph', '.svg', () => {
        const tree = this.view?.data.tree.value?.tree;
        if (tree !== undefined) this.save('svg', 'image/svg+xml', encodeSvg(tree, this.heading));
      }),
    );
  };

  private item(label: string, ending: string, go: () => void | Promise<void>): HTMLButtonElement {
    const item = button(label, {}, () => {
      this.menu.open = false;
      void go();
    });
    item.append(el('span', { class: 'quiet' }, ending));
    return item;
  }

  private get heading(): { name: string; unit: string } {
    const { service, type } = this.view!.state;
    return { name: `${service}, ${nameOfTypeId(type)}`, unit: unitOf(type) };
  }

  private save(ending: string, type: string, content: BlobPart): void {
    saveFile(this.nameOf(ending), new Blob([content], { type }));
    this.actions.announce(`Downloaded ${this.nameOf(ending)}`);
  }

  private async saveStacks(ending: string, type: string, encode: (tree: CallTree) => string): Promise<void> {
    const { state, range, data } = this.view!;
    if (range === undefined) return;
    await this.telling(async () => {
      const tree = await data.wholeTree(state, range);
      if (tree !== undefined) this.save(ending, type, encode(tree));
    });
  }

  private async savePprof(key: 'left' | 'right'): Promise<void> {
    const { state, range } = this.view!;
    const side: Side | undefined = state[key];
    if (side === undefined || range === undefined) return;
    await this.telling(async () => {
      this.save('pb.gz', 'application/octet-stream', await fetchPprof(queryOf(state, side, range)));
    });
  }

  /** Says in the menu why there is no file. */
  private async telling(go: () => Promise<void>): Promise<void> {
    this.items.querySelector('.trouble')?.remove();
    try {
      await go();
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.actions.announce(error.message);
      this.items.prepend(el('p', { class: 'trouble' }, error.message));
      this.menu.open = true;
    }
  }

  private nameOf(ending: string): string {
    const { service, type } = this.view!.state;
    return fileName([service, type.split(':')[1] ?? ''], ending);
  }
}
