// Adds a condition on a label: its name, how, and a value out of those that there are or an expression.
import { OPERATORS } from '../model/selector-text.ts';
import type { Matcher } from '../../../store/selector.ts';
import type { PageView } from '../page-view.ts';
import { el, setOptions } from './element.ts';

/** Longer lists than this help nobody. */
const MAX_VALUES = 500;

let lists = 0;

export class LabelForm {
  readonly element = el('form', { class: 'label-form', 'aria-label': 'Add a label' });
  private readonly name = el('select', { 'aria-label': 'Label' });
  private readonly operator = el('select', { 'aria-label': 'Is' });
  private readonly value = el('input', {
    'aria-label': 'Value',
    spellcheck: 'false',
    autocomplete: 'off',
    size: 18,
  });
  private readonly values = el('datalist');
  private readonly add = el('button', {}, 'Add');
  private view: PageView | undefined;
  private filledFor = '';

  constructor(onAdd: (matcher: Matcher) => void) {
    this.values.id = `values-${(lists += 1)}`;
    this.value.setAttribute('list', this.values.id);
    this.element.append(this.name, this.operator, this.value, this.values, this.add);
    setOptions(
      this.operator,
      OPERATORS.map((operator) => [operator, operator]),
      '=',
    );
    this.name.addEventListener('change', () => {
      this.renderChosen();
    });
    this.value.addEventListener('focus', () => void this.fillValues());
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      const [name, operator] = [this.name.value, OPERATORS.find((known) => known === this.operator.value)];
      if (name === '' || operator === undefined) return;
      const { value } = this.value;
      this.name.value = '';
      this.value.value = '';
      this.renderChosen();
      onAdd({ name, operator, value });
      this.name.focus();
    });
  }

  render(view: PageView): void {
    this.view = view;
    const names = view.data.ownLabelNames;
    const chosen = names.includes(this.name.value) ? this.name.value : '';
    setOptions(this.name, [['', '+ Label'], ...names.map((name) => [name, name] as const)], chosen);
    this.name.disabled = names.length === 0;
    this.renderChosen();
  }

  /** The rest of the form appears with a name. */
  private renderChosen(): void {
    for (const part of [this.operator, this.value, this.add]) part.hidden = this.name.value === '';
  }

  private async fillValues(): Promise<void> {
    const { view } = this;
    if (view?.range === undefined) return;
    const key = JSON.stringify([this.name.value, view.state.service, view.state.type, view.range]);
    if (key === this.filledFor) return;
    this.filledFor = key;
    this.values.replaceChildren();
    // Without proposals the value can still be typed.
    const values = await view.data.labelValues(this.name.value, view.state, view.range).catch(() => []);
    if (key !== this.filledFor) return;
    this.values.replaceChildren(...values.slice(0, MAX_VALUES).map((value) => el('option', { value })));
  }
}
