// The flame graph as a picture: an SVG without scripts, in the colours of the page, with all names as titles.
import { clean, escapeXml, fitText } from '../../../formats/flame-graph-text.ts';
import { nodeName, shareOf } from '../model/call-tree.ts';
import type { CallTree } from '../model/call-tree.ts';
import { changeColor, packageColor, ROOT_COLOR, toHex } from '../model/colors.ts';
import { formatPercent, formatValue } from '../model/value-format.ts';

/** In px. */
const WIDTH = 1_200;
const ROW_HEIGHT = 18;
const HEAD_HEIGHT = 34;
/** Narrower frames are left out. */
const MIN_WIDTH = 0.2;

export function encodeSvg(tree: CallTree, { name, unit }: { name: string; unit: string }): string {
  const height = HEAD_HEIGHT + (tree.rows.length - 1) * ROW_HEIGHT + 4;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="6" y="21" font-size="15" fill="#1f2933">${escapeXml(clean(name))}</text>`,
  ];
  for (let node = 0; node < tree.name.length; node++) parts.push(drawFrame(tree, node, unit));
  return `${parts.join('\n')}\n</svg>\n`;
}

function drawFrame(tree: CallTree, node: number, unit: string): string {
  const scale = WIDTH / tree.width[0]!;
  const width = tree.width[node]! * scale;
  if (width < MIN_WIDTH) return '';
  const x = (tree.start[node]! * scale).toFixed(2);
  const y = HEAD_HEIGHT + tree.depth[node]! * ROW_HEIGHT;
  const name = clean(nodeName(tree, node));
  const title = escapeXml(`${name}: ${describe(tree, node, unit)}`);
  const label = escapeXml(fitText(name, width - 6));
  const text =
    label === '' ? '' : `<text x="${Number(x) + 3}" y="${y + 12.5}" fill="#14181d">${label}</text>`;
  const rect = `<rect x="${x}" y="${y}" width="${width.toFixed(2)}" height="${ROW_HEIGHT - 1}" fill="${colorOf(tree, node)}"/>`;
  return `<g><title>${title}</title>${rect}${text}</g>`;
}

function describe(tree: CallTree, node: number, unit: string): string {
  const { left, right } = tree;
  const side = (total: number, whole: number): string =>
    `${formatValue(total, unit)} (${formatPercent(total, whole)})`;
  const first = side(left.total[node]!, left.total[0]!);
  return right === undefined ? first : `${first}, then ${side(right.total[node]!, right.total[0]!)}`;
}

function colorOf(tree: CallTree, node: number): string {
  if (tree.right !== undefined)
    return toHex(changeColor(shareOf(tree.left, node), shareOf(tree.right, node)));
  return toHex(node === 0 ? ROOT_COLOR : packageColor(nodeName(tree, node)));
}
