// What the mouse points at, beside the mouse. The keyboard's frame is in the panel's bar and told to readers.
import { byId, el } from './element.ts';

/** In px, from the pointer and from the window's edge. */
const DISTANCE = 14;
const MARGIN = 8;

export class FlameTip {
  private readonly element = byId('tip', HTMLElement);
  private readonly name = el('div', { class: 'frame-name' });
  private readonly facts = el('div');

  constructor() {
    this.element.append(this.name, this.facts);
  }

  show(name: string, facts: string, { clientX, clientY }: MouseEvent): void {
    this.name.textContent = name;
    this.facts.textContent = facts;
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.min(clientX + DISTANCE, innerWidth - offsetWidth - MARGIN);
    const below = clientY + DISTANCE;
    const top = below + offsetHeight + MARGIN > innerHeight ? clientY - DISTANCE - offsetHeight : below;
    this.element.style.left = `${Math.max(MARGIN, left)}px`;
    this.element.style.top = `${Math.max(MARGIN, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }
}
