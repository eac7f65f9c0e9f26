// Which names a search means: the words that are typed, all of them, in any order and case.
import type { CallTree } from './call-tree.ts';

export function nameMatcher(search: string): (name: string) => boolean {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (name) => {
    const lower = name.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

export interface Found {
  /** 1 per name that matches. */
  readonly isHit: Uint8Array;
  readonly frames: number;
  /** Part of all that is spent in or below what matches, 0 to 1. */
  readonly share: number;
}

/** The last answer per tree: several parts of the page ask the same. */
const answers = new WeakMap<CallTree, { readonly search: string; readonly found: Found }>();

/** Undefined for an empty search. */
export function findNames(tree: CallTree, search: string): Found | undefined {
  if (search.trim() === '') return undefined;
  const known = answers.get(tree);
  if (known?.search === search) return known.found;
  const found = countNames(tree, search);
  answers.set(tree, { search, found });
  return found;
}

function countNames(tree: CallTree, search: string): Found {
  const isMatch = nameMatcher(search);
  const isHit = Uint8Array.from(tree.names, (name) => (isMatch(name) ? 1 : 0));
  // Per node, whether it or one above it matches.
  const isCovered = new Uint8Array(tree.name.length);
  let frames = 0;
  let width = 0;
  for (let node = 1; node < tree.name.length; node++) {
    const isNodeHit = isHit[tree.name[node]!] === 1;
    const isInside = isCovered[tree.parent[node]!] === 1;
    if (isNodeHit) frames += 1;
    if (isNodeHit && !isInside) width += tree.width[node]!;
    isCovered[node] = isNodeHit || isInside ? 1 : 0;
  }
  return { isHit, frames, share: width / tree.width[0]! };
}
