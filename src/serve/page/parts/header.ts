// The bar on top: which service, which profile, which time.
import { nameOfTypeId } from '../model/value-format.ts';
import { formatMoment, parseMoment, PRESETS } from '../model/time-range.ts';
import type { ViewState } from '../model/view-state.ts';
import type { Actions, Part, PageView } from '../page-view.ts';
import { visibleText } from '../model/visible-name.ts';
import { byId, setOptions } from './element.ts';

const CUSTOM = 'custom';
/** What a view of another service or profile starts without. */
const UNFOCUSED: Partial<ViewState> = { focus: '', zoom: '' };

export class Header implements Part {
  private readonly service = byId('service', HTMLSelectElement);
  private readonly type = byId('type', HTMLSelectElement);
  private readonly range = byId('range', HTMLSelectElement);
  private readonly custom = byId('custom', HTMLFormElement);
  private readonly from = byId('from', HTMLInputElement);
  private readonly until = byId('until', HTMLInputElement);
  private readonly live = byId('live', HTMLButtonElement);
  private readonly compare = byId('compare', HTMLButtonElement);
  private readonly actions: Actions;
  private view: PageView | undefined;
  private isCustomOpen = false;

  constructor(actions: Actions) {
    this.actions = actions;
    this.service.addEventListener('change', () => {
      const left = { matchers: [], selection: undefined };
      actions.change({ ...UNFOCUSED, service: this.service.value, left, right: undefined, groupBy: '' });
    });
    this.type.addEventListener('change', () => {
      actions.change({ ...UNFOCUSED, type: this.type.value });
    });
    this.range.addEventListener('change', () => {
      this.chooseRange(this.range.value);
    });
    this.custom.addEventListener('submit', (event) => {
      event.preventDefault();
      this.applyCustom();
    });
    byId('refresh', HTMLButtonElement).addEventListener('click', actions.refresh);
    this.live.addEventListener('click', () => {
      const isLive = this.view?.state.isLive !== true;
      actions.change({ isLive });
      if (isLive) actions.refresh();
      actions.announce(isLive ? 'Live: refreshes every 10 seconds' : 'Live is off');
    });
    this.compare.addEventListener('click', () => {
      this.toggleCompare();
    });
    this.startCopying();
  }

  readonly render = (view: PageView): void => {
    this.view = view;
    const { state, data } = view;
    const services = data.services.value ?? [];
    const names = withChosen(
      services.map(({ service }) => service),
      state.service,
    );
    setOptions(
      this.service,
      names.map((name) => [name, visibleText(name)]),
      state.service,
    );
    const types = services.find(({ service }) => service === state.service)?.types ?? [];
    const ids = withChosen(types, state.type);
    setOptions(
      this.type,
      ids.map((id) => [id, nameOfTypeId(id)]),
      state.type,
    );
    this.type.title = state.type;
    this.renderRange(state);
    this.live.setAttribute('aria-pressed', String(state.isLive));
    this.compare.setAttribute('aria-pressed', String(state.right !== undefined));
  };

  private renderRange({ from, until }: ViewState): void {
    const isPreset = until === 'now' && PRESETS.some(([preset]) => preset === from);
    const isCustom = this.isCustomOpen || !isPreset;
    setOptions(this.range, [...PRESETS, [CUSTOM, 'Custom…']], isCustom ? CUSTOM : from);
    this.custom.hidden = !isCustom;
    if (this.custom.contains(document.activeElement)) return;
    this.from.value = readable(from);
    this.until.value = readable(until);
  }

  private chooseRange(value: string): void {
    this.isCustomOpen = value === CUSTOM;
    if (this.isCustomOpen) {
      this.custom.hidden = false;
      this.from.focus();
      this.from.select();
      return;
    }
    const { left, right } = this.view!.state;
    const unselected = { left: { ...left, selection: undefined } };
    const other = right === undefined ? undefined : { ...right, selection: undefined };
    this.actions.change({ from: value, until: 'now', ...unselected, right: other });
  }

  private applyCustom(): void {
    const moments = [this.from, this.until].map((input) => {
      const moment = parseMoment(input.value, Date.now());
      input.setAttribute('aria-invalid', String(moment === undefined));
      // Relative ones stay so, dates become the same moment for readers in other zones.
      return input.value.trim().startsWith('now') || moment === undefined
        ? input.value.trim().replaceAll(' ', '')
        : String(moment);
    });
    this.isCustomOpen = false;
    this.actions.change({ from: moments[0]!, until: moments[1]! });
  }

  private toggleCompare(): void {
    const { state } = this.view!;
    const right = state.right === undefined ? state.left : undefined;
    const sort = { key: right === undefined ? 'self' : 'change', isDescending: true } as const;
    this.actions.change({ ...UNFOCUSED, right, sort });
    this.actions.announce(
      right === undefined ? 'Comparison closed' : 'Comparing A with B: choose a time or labels for each',
    );
  }

  private startCopying(): void {
    const copy = byId('copy-link', HTMLButtonElement);
    copy.addEventListener('click', () => {
      const done = (text: string): void => {
        copy.textContent = text;
        this.actions.announce(text);
        setTimeout(() => (copy.textContent = 'Copy link'), 2_000);
      };
      // Only secure pages may write there: then the address bar has to do.
      const clipboard = navigator.clipboard as Clipboard | undefined;
      const writing = clipboard?.writeText(location.href) ?? Promise.reject(new Error('no clipboard'));
      writing.then(
        () => {
          done('Copied');
        },
        () => {
          done('Use the address bar');
        },
      );
    });
  }
}

/** A link may name what is not there (any more). */
function withChosen(values: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || values.includes(chosen) ? values : [chosen, ...values];
}

function readable(moment: string): string {
  return /^\d+$/.test(moment) ? formatMoment(Number(moment), false) : moment;
}
