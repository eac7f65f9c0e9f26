// The table of functions: what each costs by itself, and with all that it calls.
import type { TreeSource } from './name-tree.ts';
import { growTree } from './name-tree.ts';
import { textKey } from './text-key.ts';

export interface TopFunction {
  readonly name: string;
  /** Of the first function of this name that tells one; '' where none does. */
  readonly file: string;
  readonly self: number;
  /** A function that calls itself counts once per stack. */
  readonly total: number;
}

/** All functions with a value, the largest `self` first, then `total`, then by name. Throws PprofTooLarge. */
export function listTopFunctions(source: TreeSource): TopFunction[] {
  const { names, nodes, nameOf, endOf, totals, selves } = growTree([source]);
  const [total, self] = [totals[0]!, selves[0]!];
  const selfOf = new Float64Array(names.length);
  const totalOf = new Float64Array(names.length);
  /** How often a name is on the path to the node at hand. */
  const open = new Uint32Array(names.length);
  const path: number[] = [];
  for (let node = 1; node < nodes; node++) {
    while (path.length > 0 && endOf[path.at(-1)!]! <= node) open[nameOf[path.pop()!]!]! -= 1;
    const name = nameOf[node]!;
    selfOf[name]! += self[node]!;
    if (open[name] === 0) totalOf[name]! += total[node]!;
    open[name]! += 1;
    path.push(node);
  }
  const files = filesOf(source);
  return names
    .map((name, i) => ({ name, file: files.get(textKey(name)) ?? '', self: selfOf[i]!, total: totalOf[i]! }))
    .filter((row) => row.total > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total || (a.name < b.name ? -1 : 1));
}

function filesOf({ pprof }: TreeSource): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { name, filename } of pprof.functions)
    if (filename !== '' && !files.has(textKey(name))) files.set(textKey(name), filename);
  return files;
}
