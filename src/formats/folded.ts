// Folded stacks: `root;caller;leaf COUNT` per line, the text that flame graph tools and Pyroscope's /ingest read.
import type { Profile } from '../model/profile.ts';

/**
 * Longest line. Pyroscope stops reading at a line of 64 KiB: that line and all lines after it are lost, answered by 200.
 * The count and the newline need their place, too.
 */
export const MAX_LINE_BYTES = 65_000;
export const TRUNCATED = '[truncated]';
const UNNAMED = '[unnamed]';

/** Label sets are left out: rows with equal stacks become one line. Lines are in the order of the rows. */
export function encodeFolded(profile: Profile): Buffer {
  const { tables, rows } = profile;
  const counts = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    const stack = rows.stacks[row]!;
    counts.set(stack, (counts.get(stack) ?? 0) + rows.counts[row]!);
  }
  const names = tables.names.map(foldedName);
  const lines: string[] = [];
  for (const [stack, count] of counts) lines.push(`${foldStack(tables.framesOf(stack), names)} ${count}\n`);
  return Buffer.from(lines.join(''));
}

/** The leaf side is kept of a stack whose line would be too long. */
function foldStack(leafFirst: Uint32Array, names: readonly string[]): string {
  if (leafFirst.length === 0) return UNNAMED;
  const parts: string[] = [];
  let bytes = TRUNCATED.length + 1;
  for (const frame of leafFirst) {
    const name = names[frame]!;
    bytes += Buffer.byteLength(name) + 1;
    if (bytes > MAX_LINE_BYTES) {
      parts.push(TRUNCATED);
      break;
    }
    parts.push(name);
  }
  return parts.reverse().join(';');
}

/** A frame can't hold the separator, and nothing escapes it. */
function foldedName(name: string): string {
  const clean = name.replaceAll(';', ':').replaceAll('\n', ' ').toWellFormed();
  return clean === '' ? UNNAMED : clean;
}
