// The bars and the clock of a time line, as shapes of an SVG.
import type { TimePoint } from '../api/querier.ts';
import { formatMoment } from '../model/time-range.ts';
import type { Span } from '../model/view-state.ts';
import { svgEl } from './element.ts';

export interface Place {
  readonly range: Span;
  /** In px. */
  readonly width: number;
  readonly height: number;
}

export interface BarScale {
  readonly stepMs: number;
  /** The highest value. */
  readonly peak: number;
  /** Px above the highest bar. */
  readonly headroom?: number;
}

/** Px between two times at least. */
const TIME_DISTANCE = 90;
/** Half of what a time is wide: nearer to an edge it would be cut. */
const TIME_INSET = 17;
const DATE_INSET = 32;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const DISTANCES_MIN = [
  1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 43_200, 129_600, 525_600,
];

export function drawBars(
  points: readonly TimePoint[],
  { range, width, height, stepMs, peak, headroom = 0 }: Place & BarScale,
): SVGElement {
  const perMs = width / (range.untilMs - range.fromMs);
  const barWidth = Math.max(1, stepMs * perMs - (stepMs * perMs > 3 ? 1 : 0));
  const parts = points.flatMap(({ timeMs, value }) => {
    const x = (timeMs - stepMs - range.fromMs) * perMs;
    if (value <= 0 || x + barWidth < 0 || x > width) return [];
    const tall = Math.max(1, (value / peak) * (height - headroom));
    return [`M${x.toFixed(1)} ${height}v${(-tall).toFixed(1)}h${barWidth.toFixed(1)}V${height}z`];
  });
  return svgEl('path', { d: parts.join(''), class: 'bars' });
}

export function drawTimes({ range, width, height }: Place): readonly SVGElement[] {
  const spanMinutes = (range.untilMs - range.fromMs) / MINUTE_MS;
  const least = (spanMinutes * TIME_DISTANCE) / width;
  const distanceMs = (DISTANCES_MIN.find((minutes) => minutes >= least) ?? least) * MINUTE_MS;
  const shapes: SVGElement[] = [svgEl('path', { d: `M0 ${height + 0.5}H${width}`, class: 'axis' })];
  // Days begin at the reader's midnight.
  const zoneMs = new Date(range.fromMs).getTimezoneOffset() * MINUTE_MS;
  const first = Math.ceil((range.fromMs - zoneMs) / distanceMs) * distanceMs + zoneMs;
  for (let ms = first; ms < range.untilMs; ms += distanceMs) {
    const x = ((ms - range.fromMs) / (range.untilMs - range.fromMs)) * width;
    const inset = distanceMs > WEEK_MS ? DATE_INSET : TIME_INSET;
    if (x < inset) continue;
    if (x > width - inset) break;
    const label = labelOf(formatMoment(ms, false), distanceMs);
    shapes.push(svgEl('path', { d: `M${x.toFixed(1)} ${height}v4`, class: 'axis' }));
    shapes.push(svgEl('text', { x: x.toFixed(1), y: height + 14, class: 'time' }, label));
  }
  return shapes;
}

/** Of a moment as it is written in full: what differs from one label to the next. */
function labelOf(moment: string, distanceMs: number): string {
  if (distanceMs > WEEK_MS) return moment.slice(0, 10);
  return distanceMs >= DAY_MS || moment.endsWith('00:00') ? moment.slice(5, 10) : moment.slice(11);
}
