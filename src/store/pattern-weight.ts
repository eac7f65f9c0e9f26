// What an expression costs: its steps after repeats are written out, estimated before it is compiled. Compiling alone would
// take a minute for `\pL{999}` five hundred times over.

const REPEAT = /\{(\d{1,9})(?:,(\d{0,9}))?\}/y;
/** An escape with what belongs to it; a quoted text; a class, in which a `]` that comes first is one of its letters. */
const ATOM = /\\Q[^]*?(?:\\E|$)|\\[pPx]\{[^}]*\}|\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[^]/y;

/** Never less than what the compiler makes of it, but for a small factor: whatever confuses this must not be cheaper. */
export function patternWeight(pattern: string): number {
  /** Of the groups that are open: what is in them so far. */
  const open: number[] = [];
  let sum = 0;
  let last = 0;
  let at = 0;
  const take = (part: RegExp): RegExpExecArray | null => {
    part.lastIndex = at;
    const found = part.exec(pattern);
    at += found?.[0].length ?? 0;
    return found;
  };
  while (at < pattern.length) {
    const repeat = take(REPEAT);
    if (repeat !== null) {
      sum -= last;
      last *= Math.max(1, Number(repeat[1]), Number(repeat[2] ?? 0));
      sum += last;
      continue;
    }
    const atom = take(ATOM)![0];
    if (atom === '(') open.push(sum);
    if (atom === ')' && open.length > 0) {
      last = sum - open.pop()! + 1;
    } else {
      last = atom === '(' ? 0 : atom.startsWith('\\Q') ? atom.length : 1;
      sum += last;
    }
  }
  return sum;
}
