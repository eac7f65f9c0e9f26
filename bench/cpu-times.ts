// Reads what bash's `times` prints: CPU time of the shell and of all children that were waited for.

/** Milliseconds, user and system, of the shell (first line) and its children (second line). */
export function readTimes(text: string): { readonly shellMs: number; readonly childrenMs: number } {
  const [shell, children] = text
    .split('\n')
    .filter((line) => /^\d+m[\d.]+s \d+m[\d.]+s$/.test(line))
    .map((line) => line.split(' ').reduce((sum, word) => sum + wordMs(word), 0));
  if (shell === undefined || children === undefined) throw new Error(`not what \`times\` prints: ${text}`);
  return { shellMs: shell, childrenMs: children };
}

function wordMs(word: string): number {
  const [minutes, seconds] = word.slice(0, -1).split('m');
  return (Number(minutes) * 60 + Number(seconds)) * 1_000;
}
