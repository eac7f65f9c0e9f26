// Paints the rows of a flame graph that can be seen on a canvas: 20,000 frames cost tens of milliseconds, elements a second.
import { nodeName, shareOf } from '../model/call-tree.ts';
import type { CallTree } from '../model/call-tree.ts';
import { changeColor, mix, packageColor, ROOT_COLOR, toHex } from '../model/colors.ts';
import type { Rgb } from '../model/colors.ts';
import { boxOf, ROW_HEIGHT, visibleNodes } from '../model/flame-geometry.ts';
import type { Found } from '../model/name-search.ts';

export interface FlameScene {
  readonly tree: CallTree;
  readonly zoom: number;
  /** -1: none. */
  readonly hover: number;
  readonly current: number;
  readonly isFocused: boolean;
  readonly found: Found | undefined;
  /** The root at the bottom. */
  readonly isUpward: boolean;
}

/** In px. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
}

/** Narrower frames are only a shade. */
const MIN_WIDTH = 0.5;
const MIN_TEXT_WIDTH = 24;
const TEXT_INSET = 4;
const BASELINE = 14;
const FADED = 0.72;

export class FlamePainter {
  private readonly canvas: HTMLCanvasElement;
  /** Of the style sheet, read anew with every theme. */
  private style = { back: '', text: '', faded: '', ring: '', font: '' };
  private backRgb: Rgb = ROOT_COLOR;
  private isDark = false;
  private readonly widths = new Map<string, number>();
  private readonly colors = new Map<string, Rgb>();

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  readStyle(): void {
    const style = getComputedStyle(document.documentElement);
    const read = (name: string): string => style.getPropertyValue(name).trim();
    this.style = {
      back: read('--panel'),
      text: read('--frame-text'),
      faded: read('--quiet'),
      ring: read('--text'),
      font: read('--frame-font'),
    };
    this.backRgb = parseHex(this.style.back);
    this.isDark = this.backRgb.red < 128;
    this.widths.clear();
  }

  paint(scene: FlameScene, { width, height, scrollTop }: Viewport): void {
    const ratio = devicePixelRatio;
    const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.canvas.width !== pixels.width || this.canvas.height !== pixels.height)
      Object.assign(this.canvas, pixels);
    const context = this.canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, -scrollTop * ratio);
    context.clearRect(0, scrollTop, width, height);
    context.font = this.style.font;
    const rows = scene.tree.rows.length - 1;
    for (let depth = 0; depth < rows; depth++) {
      const y = (scene.isUpward ? rows - 1 - depth : depth) * ROW_HEIGHT;
      if (y + ROW_HEIGHT <= scrollTop || y >= scrollTop + height) continue;
      this.paintRow(context, scene, { depth, y, width });
    }
  }

  private paintRow(
    context: CanvasRenderingContext2D,
    scene: FlameScene,
    { depth, y, width }: { depth: number; y: number; width: number },
  ): void {
    const { tree, zoom } = scene;
    const [first, end] = visibleNodes(tree, zoom, depth);
    // Of neighbours below a pixel, one shade stands for all.
    let shadedTo = -1;
    for (let node = first; node < end; node++) {
      const box = boxOf(tree, zoom, node, width);
      if (box.width < MIN_WIDTH) {
        if (box.x + box.width <= shadedTo) continue;
        shadedTo = Math.floor(box.x) + 1;
        context.fillStyle = toHex(mix(this.colorOf(scene, node), this.backRgb, 0.3));
        context.fillRect(Math.floor(box.x), y, 1, ROW_HEIGHT - 1);
        continue;
      }
      const gap = box.width > 3 ? 1 : box.width > 1.5 ? 0.4 : 0;
      context.fillStyle = toHex(this.colorOf(scene, node));
      context.fillRect(box.x, y, box.width - gap, ROW_HEIGHT - 1);
      if (box.width >= MIN_TEXT_WIDTH) {
        context.fillStyle = isMiss(tree, node, scene.found) ? this.style.faded : this.style.text;
        this.paintText(context, nodeName(tree, node), { ...box, y });
      }
      this.paintMarks(context, scene, { node, ...box, y });
    }
  }

  private paintMarks(
    context: CanvasRenderingContext2D,
    { current, isFocused, hover }: FlameScene,
    { node, x, y, width }: { node: number; x: number; y: number; width: number },
  ): void {
    if (node !== hover && (node !== current || !isFocused)) return;
    context.strokeStyle = this.style.ring;
    context.lineWidth = node === current && isFocused ? 2 : 1;
    context.strokeRect(x + 1, y + 1, Math.max(1, width - 3), ROW_HEIGHT - 3);
  }

  private colorOf({ tree, zoom, found }: FlameScene, node: number): Rgb {
    const own = this.ownColor(tree, node);
    const toned = this.isDark ? mix(own, this.backRgb, 0.16) : own;
    const isAbove = tree.depth[node]! < tree.depth[zoom]!;
    return isMiss(tree, node, found)
      ? mix(toned, this.backRgb, FADED)
      : isAbove
        ? mix(toned, this.backRgb, 0.45)
        : toned;
  }

  private ownColor(tree: CallTree, node: number): Rgb {
    if (tree.right !== undefined) return changeColor(shareOf(tree.left, node), shareOf(tree.right, node));
    const name = nodeName(tree, node);
    if (node === 0 && name === 'total') return ROOT_COLOR;
    let color = this.colors.get(name);
    if (color === undefined) this.colors.set(name, (color = packageColor(name)));
    return color;
  }

  private paintText(
    context: CanvasRenderingContext2D,
    name: string,
    { x, y, width }: { x: number; y: number; width: number },
  ): void {
    const text = this.fit(context, name, width - 2 * TEXT_INSET);
    if (text === '') return;
    context.fillText(text, x + TEXT_INSET, y + BASELINE);
  }

  /** The whole name, else without its namespace, else its beginning. */
  private fit(context: CanvasRenderingContext2D, name: string, room: number): string {
    if (this.widthOf(context, name) <= room) return name;
    const short = name.slice(name.lastIndexOf('\\') + 1);
    const shortWidth = this.widthOf(context, short);
    if (shortWidth <= room) return short;
    const length = Math.floor(((room - 8) / shortWidth) * short.length);
    return length < 2 ? '' : `${short.slice(0, length)}…`;
  }

  private widthOf(context: CanvasRenderingContext2D, text: string): number {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, (width = context.measureText(text).width));
    return width;
  }
}

function isMiss(tree: CallTree, node: number, found: Found | undefined): boolean {
  return found !== undefined && found.isHit[tree.name[node]!] !== 1;
}

/** `#rgb` or `#rrggbb`: the build shortens colours. */
function parseHex(color: string): Rgb {
  const digits = color.slice(1);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const value = Number.parseInt(long, 16);
  return { red: value >> 16, green: (value >> 8) & 255, blue: value & 255 };
}
