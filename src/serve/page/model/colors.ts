// Colours: a package is a hue, a function a shade of it, always the same; differences go from blue (less) to orange (more).
import { packageOf } from './name-parts.ts';

export interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** Hues that can be told apart and are calm side by side. */
const HUES = [18, 35, 48, 78, 110, 145, 168, 188, 205, 222, 245, 268, 290, 318, 340];
/** Frames without a package: functions of PHP, mostly. */
const PLAIN_HUE = 40;

export function packageColor(name: string): Rgb {
  const family = packageOf(name);
  const shade = hash(name);
  const lightness = 0.7 + (shade % 9) / 100;
  if (family === '') return fromHsl(PLAIN_HUE, 0.24, lightness + 0.02);
  if (family === 'files') return fromHsl(215, 0.1, lightness + 0.04);
  const key = hash(family);
  return fromHsl(
    HUES[key % HUES.length]! + ((shade >>> 8) % 9) - 4,
    0.52 + ((key >>> 8) % 14) / 100,
    lightness,
  );
}

export const ROOT_COLOR: Rgb = { red: 200, green: 206, blue: 214 };
const SAME: Rgb = { red: 216, green: 219, blue: 223 };
const MORE: Rgb = { red: 244, green: 135, blue: 63 };
const LESS: Rgb = { red: 98, green: 164, blue: 242 };
/** Fourfold, or a fourth, is the strongest colour. */
const STRONGEST_LOG2 = 2;

/** Of the shares of both sides. Blue and orange can be told apart by nearly everyone. */
export function changeColor(leftShare: number, rightShare: number): Rgb {
  if (leftShare === rightShare) return SAME;
  const [less, more] = leftShare < rightShare ? [leftShare, rightShare] : [rightShare, leftShare];
  const strength = less === 0 ? 1 : Math.min(1, Math.log2(more / less) / STRONGEST_LOG2);
  return mix(SAME, leftShare < rightShare ? MORE : LESS, strength);
}

/** Hexadecimal, which every viewer of SVG knows. */
export function toHex({ red, green, blue }: Rgb): string {
  const channels = (Math.round(red) << 16) | (Math.round(green) << 8) | Math.round(blue);
  return `#${channels.toString(16).padStart(6, '0')}`;
}

export function mix(a: Rgb, b: Rgb, part: number): Rgb {
  const between = (from: number, to: number): number => from + (to - from) * part;
  return {
    red: between(a.red, b.red),
    green: between(a.green, b.green),
    blue: between(a.blue, b.blue),
  };
}

/** FNV-1a on UTF-16 units, mixed once more, since neighbours in its low bits look alike. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** CSS's formula. */
function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): number => {
    const k = (offset + (hue + 360) / 30) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return { red: channel(0), green: channel(8), blue: channel(4) };
}
