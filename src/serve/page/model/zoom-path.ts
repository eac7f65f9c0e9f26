// The way from the root to a frame, short enough for an address: a hash of each name. It finds its frame in newer data too.
import { nodeName } from './call-tree.ts';
import type { CallTree } from './call-tree.ts';

/** Base 36 of 24 bits, padded: a path of 40 frames has 200 characters. */
const STEP_LENGTH = 5;

/** Empty for the root. */
export function encodePath(tree: CallTree, node: number): string {
  const steps: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at]!) steps.push(hashName(nodeName(tree, at)));
  return steps.reverse().join('');
}

/** The frame as far as the path leads; 0, the root, where it leads nowhere. */
export function followPath(tree: CallTree, path: string): number {
  let node = 0;
  for (let at = 0; at + STEP_LENGTH <= path.length; at += STEP_LENGTH) {
    const step = path.slice(at, at + STEP_LENGTH);
    let child = tree.firstChild[node]!;
    const end = tree.firstChild[node + 1]!;
    while (child < end && hashName(nodeName(tree, child)) !== step) child += 1;
    if (child === end) break;
    node = child;
  }
  return node;
}

/** The frame of a newer tree that a frame is; undefined for the root, and for what is not there any more. */
export function sameFrame(from: CallTree, node: number, to: CallTree): number | undefined {
  const path = encodePath(from, node);
  const found = followPath(to, path);
  return path !== '' && encodePath(to, found) === path ? found : undefined;
}

/** FNV-1a, folded to 24 bits. */
function hashName(name: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (((hash >>> 24) ^ hash) & 0xffffff).toString(36).padStart(STEP_LENGTH, '0');
}
