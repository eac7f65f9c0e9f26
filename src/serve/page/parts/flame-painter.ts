// Paints the rows of a flame graph that can be seen: frames on one canvas, the marks of mouse and keyboard on another above it, so
// that a move of the mouse costs two lines and not all frames again.
import { nodeName, shareOf } from '../model/call-tree.ts';
import type { CallTree } from '../model/call-tree.ts';
import { changeColor, mix, packageColor, ROOT_COLOR, toHex } from '../model/colors.ts';
import type { Rgb } from '../model/colors.ts';
import { boxOf, ROW_HEIGHT, visibleNodes } from '../model/flame-geometry.ts';
import { ownNameStart } from '../model/name-parts.ts';
import type { Found } from '../model/name-search.ts';
import { visibleName } from '../model/visible-name.ts';

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
const MAX_CACHED = 50_000;

export class FlamePainter {
  private readonly frames: HTMLCanvasElement;
  private readonly marks: HTMLCanvasElement;
  /** What the frames were painted from. */
  private painted: readonly unknown[] = [];
  /** Of the style sheet, read anew with every theme. */
  private style = { back: '', text: '', faded: '', ring: '', font: '' };
  private backRgb: Rgb = ROOT_COLOR;
  private isDark = false;
  private readonly widths = new Map<string, number>();
  /** As the canvas takes them, by how faded they are; of one tree. */
  private readonly colors = new Map<number, (string | undefined)[]>();
  private colored: CallTree | undefined;

  constructor(frames: HTMLCanvasElement, marks: HTMLCanvasElement) {
    this.frames = frames;
    this.marks = marks;
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
    this.colors.clear();
    this.painted = [];
  }

  paint(scene: FlameScene, viewport: Viewport): void {
    const { tree, zoom, found, isUpward } = scene;
    const { width, height, scrollTop } = viewport;
    const painted = [tree, zoom, found, isUpward, width, height, scrollTop, devicePixelRatio];
    if (painted.some((part, index) => part !== this.painted[index])) {
      this.painted = painted;
      this.paintFrames(scene, viewport);
    }
    const context = openCanvas(this.marks, viewport);
    for (const node of new Set([scene.hover, scene.current])) this.paintMark(context, scene, { node, width });
  }

  private paintFrames(scene: FlameScene, viewport: Viewport): void {
    if (this.widths.size > MAX_CACHED) this.widths.clear();
    const context = openCanvas(this.frames, viewport);
    context.font = this.style.font;
    const { width, height, scrollTop } = viewport;
    const rows = scene.tree.rows.length - 1;
    for (let depth = 0; depth < rows; depth++) {
      const y = topOf(scene, depth);
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
        context.fillStyle = this.colorOf(scene, node, 0.3);
        context.fillRect(Math.floor(box.x), y, 1, ROW_HEIGHT - 1);
        continue;
      }
      const gap = box.width > 3 ? 1 : box.width > 1.5 ? 0.4 : 0;
      context.fillStyle = this.colorOf(scene, node, 0);
      context.fillRect(box.x, y, box.width - gap, ROW_HEIGHT - 1);
      if (box.width < MIN_TEXT_WIDTH) continue;
      context.fillStyle = isMiss(tree, node, scene.found) ? this.style.faded : this.style.text;
      this.paintText(context, visibleName(nodeName(tree, node)), { ...box, y });
    }
  }

  private paintMark(
    context: CanvasRenderingContext2D,
    scene: FlameScene,
    { node, width: whole }: { node: number; width: number },
  ): void {
    const { tree, zoom, hover, current, isFocused } = scene;
    const isCurrent = node === current && isFocused;
    if (node < 0 || (node !== hover && !isCurrent)) return;
    const depth = tree.depth[node]!;
    const [first, end] = visibleNodes(tree, zoom, depth);
    if (node < first || node >= end) return;
    const { x, width } = boxOf(tree, zoom, node, whole);
    context.strokeStyle = this.style.ring;
    context.lineWidth = isCurrent ? 2 : 1;
    context.strokeRect(x + 1, topOf(scene, depth) + 1, Math.max(1, width - 3), ROW_HEIGHT - 3);
  }

  /** `pale` is the part of the background in it. */
  private colorOf(scene: FlameScene, node: number, pale: number): string {
    const { tree, zoom, found } = scene;
    const faded = isMiss(tree, node, found) ? FADED : tree.depth[node]! < tree.depth[zoom]! ? 0.45 : pale;
    if (tree.right !== undefined)
      return this.toned(changeColor(shareOf(tree.left, node), shareOf(tree.right, node)), faded);
    if (node === 0 && nodeName(tree, 0) === 'total') return this.toned(ROOT_COLOR, faded);
    const colors = this.colorsOf(tree, faded);
    const name = tree.name[node]!;
    return (colors[name] ??= this.toned(packageColor(nodeName(tree, node)), faded));
  }

  /** By the number of a name, of one tree. */
  private colorsOf(tree: CallTree, faded: number): (string | undefined)[] {
    if (this.colored !== tree) this.colors.clear();
    this.colored = tree;
    let colors = this.colors.get(faded);
    if (colors === undefined)
      this.colors.set(faded, (colors = new Array<string | undefined>(tree.names.length)));
    return colors;
  }

  private toned(color: Rgb, faded: number): string {
    const toned = this.isDark ? mix(color, this.backRgb, 0.16) : color;
    return toHex(mix(toned, this.backRgb, faded));
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
    const short = name.slice(ownNameStart(name));
    const shortWidth = this.widthOf(context, short);
    if (shortWidth <= room) return short;
    let length = Math.floor((room / shortWidth) * short.length);
    while (length > 1 && this.widthOf(context, cutTo(short, length)) > room) length -= 1;
    return length < 2 ? '' : cutTo(short, length);
  }

  private widthOf(context: CanvasRenderingContext2D, text: string): number {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, (width = context.measureText(text).width));
    return width;
  }
}

/** An empty canvas whose unit is a px of the page, scrolled as the graph is. */
function openCanvas(
  canvas: HTMLCanvasElement,
  { width, height, scrollTop }: Viewport,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  if (canvas.width !== pixels.width || canvas.height !== pixels.height) Object.assign(canvas, pixels);
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, -scrollTop * ratio);
  context.clearRect(0, scrollTop, width, height);
  return context;
}

function topOf({ tree, isUpward }: FlameScene, depth: number): number {
  return (isUpward ? tree.rows.length - 2 - depth : depth) * ROW_HEIGHT;
}

/** Never half a character. */
function cutTo(text: string, length: number): string {
  return `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
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
