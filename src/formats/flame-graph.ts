// A flame graph as one SVG file: root at the top (deep recursion would hide it at the bottom), right without scripts; with them it zooms and searches, without any network.
import type { Profile } from '../model/profile.ts';
import { colorOf } from './flame-graph-color.ts';
import type { FlameBox, FlameLayout, FlameLimits } from './flame-graph-layout.ts';
import { layOutFlames } from './flame-graph-layout.ts';
import { FLAME_SCRIPT } from './flame-graph-script.ts';
import { CHARACTER_WIDTH, clean, escapeXml, fitText } from './flame-graph-text.ts';
import type { Measure } from './flame-graph-words.ts';
import { CountWords, timeOf } from './flame-graph-words.ts';

export interface FlameGraphOptions {
  /** Stands above the graph. */
  readonly title: string;
  /** What is counted, where it is not samples of wall or CPU time. */
  readonly measure?: Measure;
}

/** Measures in px; the script reads them from the file. */
const WIDTH = 1_200;
const MARGIN = 10;
const INNER_WIDTH = WIDTH - 2 * MARGIN;
const ROW_HEIGHT = 17;
/** Of a text below its box's upper edge. */
const BASELINE = 12;
const HEAD_HEIGHT = 72;
const FOOT_HEIGHT = 30;
const TEXT_INSET = 3;
const FONTS = 'ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace';

/** A box narrower than this is left out: nobody sees it, and there would be thousands. */
const MIN_BOX_WIDTH = 0.1;
/** Browsers stay fluent up to here; the file has some 6 MB then. */
export const MAX_FLAME_BOXES = 20_000;
/** Runaway recursion shows well before: 1,000 rows are 17,000 px. */
export const MAX_FLAME_DEPTH = 1_000;

/** The outline of a narrower box would hide its colour. */
const MIN_OUTLINED_WIDTH = 3;

const LIMITS: FlameLimits = {
  minShare: MIN_BOX_WIDTH / INNER_WIDTH,
  maxBoxes: MAX_FLAME_BOXES,
  maxDepth: MAX_FLAME_DEPTH,
};

/** Equal profiles give equal bytes, whatever the order of their rows. Label sets are added up. */
export function encodeFlameGraph(profile: Profile, { title, measure }: FlameGraphOptions): Buffer {
  const layout = layOutFlames(profile, LIMITS);
  const words = new CountWords(measure ?? timeOf(profile), profile.periodNanos);
  const height = HEAD_HEIGHT + (layout.depth + 1) * ROW_HEIGHT + FOOT_HEIGHT;
  const heading = escapeXml(clean(title));
  const parts = [
    `<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n`,
    `<svg xmlns="http://www.w3.org/2000/svg" class="flame" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="group" aria-label="Flame graph: ${heading}"`,
    ` font-family="${FONTS}" font-size="12" data-left="${MARGIN}" data-width="${INNER_WIDTH}" data-character="${CHARACTER_WIDTH}" data-inset="${TEXT_INSET}" data-baseline="${BASELINE}" data-min="${MIN_BOX_WIDTH}" data-wide="${MIN_OUTLINED_WIDTH}">\n`,
    `<style>${STYLE}</style>\n`,
    `<rect class="back" width="${WIDTH}" height="${height}" fill="#ffffff"/>\n`,
    `<text class="head" x="${MARGIN}" y="24" font-size="17">${heading}</text>\n`,
    `<text class="note" x="${MARGIN}" y="44">${escapeXml(words.ofWhole(layout))}</text>\n`,
    ...layout.boxes.map((box) => drawBox(box, layout, words)),
    `<text class="info" x="${MARGIN}" y="62"> </text>\n`,
    `<text class="note" x="${MARGIN}" y="${height - 10}">${escapeXml(words.ofPruned(layout))}</text>\n`,
    `<script><![CDATA[${FLAME_SCRIPT}]]></script>\n</svg>\n`,
  ];
  return Buffer.from(parts.join(''));
}

const STYLE = `
.flame { color-scheme: light dark }
.flame .head, .flame .note, .flame .info { fill: #24292f }
.flame .f text { fill: #111111; pointer-events: none }
.flame .wide rect { stroke: #ffffff; stroke-width: 0.5 }
.flame.live .f { cursor: pointer; outline: none }
.flame .f:hover rect, .flame .f:focus rect { stroke: #000000; stroke-width: 1.5 }
.flame .above { opacity: 0.55 }
.flame .hit rect { fill: #e26cf5 }
.flame .gone { display: none }
.flame .bar { display: flex; gap: 6px; justify-content: flex-end; align-items: center }
@media (prefers-color-scheme: dark) {
.flame .back { fill: #16181d }
.flame .head, .flame .note, .flame .info, .flame .bar { fill: #d7dce2; color: #d7dce2 }
.flame .wide rect { stroke: #16181d }
.flame .f:hover rect, .flame .f:focus rect { stroke: #ffffff }
}
`;

function drawBox(box: FlameBox, layout: FlameLayout, words: CountWords): string {
  // Both ends are rounded, not the width: a child never sticks out of its parent.
  const left = position(box.start, layout.total);
  const right = layout.total === 0 ? MARGIN + INNER_WIDTH : position(box.start + box.count, layout.total);
  const width = right - left;
  const y = HEAD_HEIGHT + box.depth * ROW_HEIGHT;
  const rect = `<rect x="${pixels(left)}" y="${y}" width="${pixels(width)}" height="${ROW_HEIGHT - 1}" fill="${colorOf(box.name, box.file)}"/>`;
  const label = fitText(clean(box.name), width - 2 * TEXT_INSET);
  // The script makes the texts that are missing; most boxes are too narrow for one.
  const text =
    label === ''
      ? ''
      : `<text x="${pixels(left + TEXT_INSET)}" y="${y + BASELINE}">${escapeXml(label)}</text>`;
  const facts = `data-at="${box.start}" data-n="${box.count}" data-d="${box.depth}"`;
  return `<g class="${width < MIN_OUTLINED_WIDTH ? 'f' : 'f wide'}" ${facts}><title>${escapeXml(describeBox(box, layout.total, words))}</title>${rect}${text}</g>\n`;
}

function position(samples: number, total: number): number {
  const share = total === 0 ? 0 : samples / total;
  return Math.round((MARGIN + share * INNER_WIDTH) * 100) / 100;
}

function pixels(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function describeBox(box: FlameBox, total: number, words: CountWords): string {
  const { name, file, firstLine, lastLine } = box;
  const lines = firstLine === 0 ? '' : firstLine === lastLine ? `:${firstLine}` : `:${firstLine}-${lastLine}`;
  const place = file === '' ? [] : [`${clean(file)}${lines}`];
  // The script takes the first line as the name.
  return [clean(name), ...place, words.ofBox(box.count, total)].join('\n');
}
