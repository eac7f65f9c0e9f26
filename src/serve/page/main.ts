// The page: state in the address, data from the server, parts that draw both.
import type { ViewState } from './model/view-state.ts';
import { decodeView, encodeView } from './model/view-url.ts';
import { resolveRange } from './model/time-range.ts';
import { visibleText } from './model/visible-name.ts';
import { PageData } from './page-data.ts';
import type { Actions, Part, PageView } from './page-view.ts';
import { Breakdown } from './parts/breakdown.ts';
import { Downloads } from './parts/downloads.ts';
import { byId } from './parts/element.ts';
import { FlamePanel } from './parts/flame-panel.ts';
import { FunctionTable } from './parts/function-table.ts';
import { Header } from './parts/header.ts';
import { Layout } from './parts/layout.ts';
import { Notice } from './parts/notice.ts';
import { SidePanel } from './parts/side-panel.ts';
import { startTheme } from './parts/theme.ts';
import { TokenDialog } from './parts/token-dialog.ts';

/** As often as the bridge sends. */
const LIVE_MS = 10_000;

class SpybridgePage implements Actions {
  private state: ViewState = decodeView(location.search.slice(1));
  /** What `now` means until the next refresh. */
  private nowMs = Date.now();
  private readonly data = new PageData(() => {
    this.settle();
  });
  private isDrawing = false;

  start(): void {
    addEventListener('popstate', () => {
      this.state = decodeView(location.search.slice(1));
      this.settle();
    });
    setInterval(() => {
      if (this.state.isLive && document.visibilityState === 'visible') this.refresh();
    }, LIVE_MS);
    this.settle();
  }

  readonly change = (patch: Partial<ViewState>, kind: 'step' | 'adjustment' = 'step'): void => {
    this.state = { ...this.state, ...patch };
    if ('from' in patch || 'until' in patch) this.nowMs = Date.now();
    this.writeAddress(kind);
    this.settle();
  };

  readonly refresh = (): void => {
    this.nowMs = Date.now();
    this.data.expire();
    this.settle();
  };

  readonly announce = (text: string): void => {
    byId('status', HTMLElement).textContent = text;
  };

  // Below the actions, which parts may take hold of.
  private readonly parts: readonly Part[] = [
    new Header(this),
    new Layout(this),
    new Notice(this),
    new SidePanel('left', this),
    new SidePanel('right', this),
    new FunctionTable(this),
    new FlamePanel(this),
    new Breakdown(this),
    new Downloads(this),
    new TokenDialog(this),
  ];

  /** Chooses what is not chosen, asks for what is missing, draws. */
  private settle(): void {
    this.chooseFirst();
    const { range } = this.view;
    if (range !== undefined) this.data.want(this.state, range);
    if (this.isDrawing) return;
    this.isDrawing = true;
    requestAnimationFrame(() => {
      this.isDrawing = false;
      const { view } = this;
      for (const part of this.parts) part.render(view);
      const service = visibleText(this.state.service);
      document.title = service === '' ? 'spybridge' : `${service} · spybridge`;
    });
  }

  private get view(): PageView {
    const { state, data } = this;
    return { state, data, range: resolveRange(state.from, state.until, this.nowMs) };
  }

  /** A page that is opened without a service shows one at once. */
  private chooseFirst(): void {
    const services = this.data.services.value;
    if (services === undefined || services.length === 0) return;
    const service = this.state.service === '' ? services[0]!.service : this.state.service;
    const types = services.find((known) => known.service === service)?.types ?? [];
    const isKnown = this.state.type !== '' && (types.length === 0 || types.includes(this.state.type));
    const type = isKnown ? this.state.type : (preferredType(types) ?? this.state.type);
    if (service === this.state.service && type === this.state.type) return;
    this.state = { ...this.state, service, type };
    this.writeAddress('adjustment');
  }

  private writeAddress(kind: 'step' | 'adjustment'): void {
    const query = encodeView(this.state);
    const address = query === '' ? location.pathname : `?${query}`;
    if (query === location.search.slice(1)) return;
    if (kind === 'step') history.pushState(null, '', address);
    else history.replaceState(null, '', address);
  }
}

/** Time before counts: that is what most people come for. */
function preferredType(types: readonly string[]): string | undefined {
  return (
    types.find((type) => type.startsWith('wall:wall:')) ??
    types.find((type) => type.includes(':nanoseconds:')) ??
    types[0]
  );
}

startTheme(byId('theme', HTMLButtonElement));
new SpybridgePage().start();
