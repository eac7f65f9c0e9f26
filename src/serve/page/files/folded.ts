// Folded stacks, one per line, as the tools of Brendan Gregg read them; two numbers per line where two sides are compared.
import type { CallTree } from '../model/call-tree.ts';
import { stacksOf } from './stacks.ts';

export function encodeFolded(tree: CallTree): string {
  const lines: string[] = [];
  for (const { frames, left, right } of stacksOf(tree)) {
    const values = tree.right === undefined ? `${left}` : `${left} ${right}`;
    lines.push(`${frames.map(cleanFrame).join(';')} ${values}\n`);
  }
  return lines.sort().join('');
}

// eslint-disable-next-line no-control-regex -- they would end the line
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/** Nothing escapes a separator in this format. */
function cleanFrame(name: string): string {
  return name.toWellFormed().replaceAll(';', ':').replace(CONTROLS, ' ') || '-';
}
