// Values over time, and the span of it that is selected: by dragging, or with two handles and the arrow keys.
import type { TimePoint } from '../api/querier.ts';
import { describeSpan, formatMoment, stepSecondsOf } from '../model/time-range.ts';
import type { Span } from '../model/view-state.ts';
import { formatValue, unitOf } from '../model/value-format.ts';
import { button, el, setAttributes, svgEl } from './element.ts';
import { drawBars, drawTimes } from './timeline-drawing.ts';

/** In px. */
const HEIGHT = 64;
/** A shorter drag is a click. */
const MIN_DRAG = 4;
const TICKS_PER_PAGE = 10;

export interface TimelineView {
  readonly range: Span;
  readonly selection: Span | undefined;
  readonly type: string;
  readonly points: readonly TimePoint[];
}

export class Timeline {
  readonly element: HTMLElement;
  private readonly svg = svgEl('svg', { height: HEIGHT + 16, 'aria-hidden': 'true' });
  private readonly handles: readonly [HTMLButtonElement, HTMLButtonElement];
  private readonly shade = el('div', { class: 'selected' });
  private readonly onSelect: (selection: Span | undefined) => void;
  private view: TimelineView | undefined;
  private drag: { readonly from: number; until: number } | undefined;

  constructor(side: 'left' | 'right', onSelect: (selection: Span | undefined) => void) {
    this.onSelect = onSelect;
    this.handles = [this.makeHandle(0, 'Selection starts'), this.makeHandle(1, 'Selection ends')];
    this.element = el('div', { class: `timeline ${side}`, role: 'group', 'aria-label': 'Time line' });
    this.element.append(this.svg, this.shade, ...this.handles);
    new ResizeObserver(() => {
      this.draw();
    }).observe(this.element);
    this.listen();
  }

  render(view: TimelineView): void {
    this.view = view;
    this.draw();
  }

  private get width(): number {
    return this.element.clientWidth;
  }

  private draw(): void {
    const { view, width } = this;
    if (view === undefined || width === 0) return;
    const { range, points, type } = view;
    const stepMs = stepSecondsOf(range) * 1_000;
    const peak = points.reduce((most, { value }) => Math.max(most, value), 0);
    setAttributes(this.svg, { width });
    const step = formatValue(stepMs, 'milliseconds').replace(/\.0+ /, ' ');
    const top = `${formatValue(peak, unitOf(type))} in ${step}`;
    const place = { range, width, height: HEIGHT };
    this.svg.replaceChildren(drawBars(points, { ...place, stepMs, peak, headroom: 14 }), ...drawTimes(place));
    if (peak > 0) this.svg.append(svgEl('text', { x: 4, y: 11, class: 'peak' }, top));
    this.drawSelection();
  }

  private drawSelection(): void {
    const { view, width, drag } = this;
    if (view === undefined) return;
    const { fromMs, untilMs } = view.range;
    const shown = drag === undefined ? view.selection : this.spanOf(drag.from, drag.until);
    const toX = (ms: number): number => ((ms - fromMs) / (untilMs - fromMs)) * width;
    const left = shown === undefined ? 0 : Math.max(0, Math.min(width, toX(shown.fromMs)));
    const right = shown === undefined ? width : Math.max(left, Math.min(width, toX(shown.untilMs)));
    this.shade.hidden = shown === undefined;
    this.shade.style.left = `${left}px`;
    this.shade.style.width = `${right - left}px`;
    this.handles.forEach((handle, index) => {
      const ms = index === 0 ? (shown?.fromMs ?? fromMs) : (shown?.untilMs ?? untilMs);
      handle.style.left = `${index === 0 ? left : right}px`;
      setAttributes(handle, {
        'aria-valuemin': fromMs,
        'aria-valuemax': untilMs,
        'aria-valuenow': ms,
        'aria-valuetext': formatMoment(ms, true),
      });
    });
  }

  private listen(): void {
    this.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || event.target instanceof HTMLButtonElement) return;
      this.element.setPointerCapture(event.pointerId);
      const x = this.positionOf(event);
      this.drag = { from: x, until: x };
    });
    this.element.addEventListener('pointermove', (event) => {
      if (this.drag === undefined) return;
      this.drag.until = this.positionOf(event);
      this.drawSelection();
    });
    this.element.addEventListener('pointerup', () => {
      const { drag } = this;
      this.drag = undefined;
      if (drag === undefined) return;
      const isDrag = Math.abs(drag.until - drag.from) >= MIN_DRAG;
      this.onSelect(isDrag ? this.spanOf(drag.from, drag.until) : undefined);
    });
    this.element.addEventListener('pointercancel', () => {
      this.drag = undefined;
      this.drawSelection();
    });
  }

  private positionOf(event: PointerEvent): number {
    const x = event.clientX - this.element.getBoundingClientRect().left;
    return Math.max(0, Math.min(this.width, x));
  }

  /** From px, in whole seconds. */
  private spanOf(a: number, b: number): Span {
    const { fromMs, untilMs } = this.view!.range;
    const toMs = (x: number): number => fromMs + (x / this.width) * (untilMs - fromMs);
    const round = (ms: number): number => Math.round(ms / 1_000) * 1_000;
    const first = round(toMs(Math.min(a, b)));
    return { fromMs: first, untilMs: Math.max(first + 1_000, round(toMs(Math.max(a, b)))) };
  }

  private makeHandle(index: 0 | 1, label: string): HTMLButtonElement {
    const handle = button('', { class: 'handle', role: 'slider', 'aria-label': label }, () => undefined);
    handle.addEventListener('keydown', (event) => {
      this.move(index, event);
    });
    return handle;
  }

  private move(index: 0 | 1, event: KeyboardEvent): void {
    const { view } = this;
    if (view === undefined) return;
    if (event.key === 'Escape') {
      this.onSelect(undefined);
      return;
    }
    const { fromMs, untilMs } = view.range;
    const stepMs = stepSecondsOf(view.range) * 1_000;
    const steps = keySteps(event);
    if (steps === undefined) return;
    event.preventDefault();
    const ends = [view.selection?.fromMs ?? fromMs, view.selection?.untilMs ?? untilMs];
    ends[index] = Math.max(fromMs, Math.min(untilMs, ends[index]! + steps * stepMs));
    if (ends[0]! + stepMs > ends[1]!) return;
    const isWhole = ends[0] === fromMs && ends[1] === untilMs;
    const span = { fromMs: Math.round(ends[0]!), untilMs: Math.round(ends[1]!) };
    this.element.setAttribute('aria-label', `Time line, ${describeSpan(span)}`);
    this.onSelect(isWhole ? undefined : span);
  }
}

function keySteps({ key, shiftKey }: KeyboardEvent): number | undefined {
  const size = shiftKey ? TICKS_PER_PAGE : 1;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -size,
    ArrowDown: -size,
    ArrowRight: size,
    ArrowUp: size,
    PageDown: -TICKS_PER_PAGE,
    PageUp: TICKS_PER_PAGE,
    Home: -Infinity,
    End: Infinity,
  };
  return steps[key];
}
