// Colours of frames: a namespace is a hue, a function a shade of it, so that a file's picture looks alike in every profile.

const ROOT_HUE = 210;

/** `#rrggbb`, light enough for dark text. Internal functions (no file, no namespace) are greys. */
export function colorOf(name: string, file: string): string {
  const shade = hash(name);
  const family = familyOf(name);
  if (name === 'all' && file === '') return fromHsl(ROOT_HUE, 0.1, 0.78);
  const hue = family === undefined ? 35 + (shade % 25) : (hash(family) % 360) + (((shade >>> 4) % 21) - 10);
  const isInternal = family === undefined && file === '';
  const saturation = isInternal ? 0.18 : 0.5 + ((shade >>> 9) % 20) / 100;
  return fromHsl((hue + 360) % 360, saturation, 0.64 + ((shade >>> 14) % 13) / 100);
}

/** The first two parts of the namespace; undefined for global functions. */
function familyOf(name: string): string | undefined {
  const parts = name.split('::', 1)[0]!.split('\\');
  return parts.length < 2 ? undefined : parts.slice(0, Math.min(2, parts.length - 1)).join('\\');
}

/** FNV-1a on UTF-16 units, mixed once more, since neighbours in its low bits look alike. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** CSS's formula; viewers without CSS know hexadecimal colours only. */
function fromHsl(hue: number, saturation: number, lightness: number): string {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number): string => {
    const k = (offset + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
