// The text form of one frame: `INDEX FUNCTION FILE:LINE`, as phpspy prints it.
import { INTERNAL } from './frame-name.ts';

export interface FrameText {
  readonly name: string;
  /** '' for internal functions. */
  readonly file: string;
  /** 0 where unknown. */
  readonly line: number;
}

/**
 * Reads `FUNCTION FILE:LINE` (the index is gone already); undefined where it isn't one.
 * Functions hold no space except PHP 8.4's `{closure:FILE-OR-FUNCTION:LINE}` (whose end is missing in an anonymous class,
 * where phpspy stops at the NUL of its name); files may.
 */
export function readFrameText(text: string): FrameText | undefined {
  const closure = text.indexOf('{closure:');
  const firstSpace = text.indexOf(' ');
  const brace = closure >= 0 && closure < firstSpace ? text.indexOf('} ', closure) : -1;
  const space = brace < 0 ? firstSpace : brace + 1;
  const colon = text.lastIndexOf(':');
  if (space <= 0 || colon <= space + 1) return undefined;
  const lineText = text.slice(colon + 1);
  if (!/^-?\d{1,10}$/.test(lineText)) return undefined;
  const file = text.slice(space + 1, colon);
  return {
    name: text.slice(0, space),
    file: file === INTERNAL ? '' : file,
    line: Math.max(0, Number(lineText)),
  };
}
