// Texts of a flame graph: cleaned, escaped, cut to their box; numbers the same in every locale.

/** UTF-16 units of a name, file or title that are shown. */
export const MAX_SHOWN_LENGTH = 500;
/** Advance of a character in the monospaced fonts that browsers have, in px at a size of 12 px. */
export const CHARACTER_WIDTH = 7.3;

// What XML 1.0 cannot hold, not even escaped, and line ends, which would end a name.
const UNFIT = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/g; // eslint-disable-line no-control-regex -- they are the point

/** What is shown of a text from outside; not escaped yet. */
export function clean(text: string): string {
  const short = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH - 2)}..` : text;
  return short.toWellFormed().replace(UNFIT, '\ufffd');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

/** What fits in `width` px, `..` where it was cut; the script does the same after zooming. */
export function fitText(text: string, width: number): string {
  const room = Math.floor(width / CHARACTER_WIDTH);
  if (room < 3) return '';
  let used = 0;
  let short = '';
  for (const character of text) {
    used += columnsOf(character);
    if (used > room) return `${short}..`;
    if (used <= room - 2) short += character;
  }
  return text;
}

/** Two for what is wide in monospaced fonts: roughly what lies behind the European scripts. */
function columnsOf(character: string): number {
  return character >= '\u1100' ? 2 : 1;
}

export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatPercent(count: number, total: number): string {
  return `${(total === 0 ? 100 : (count / total) * 100).toFixed(2)} %`;
}

export function formatSeconds(nanos: number): string {
  const seconds = nanos / 1e9;
  return seconds >= 0.01 || seconds === 0 ? seconds.toFixed(2) : seconds.toPrecision(3);
}
