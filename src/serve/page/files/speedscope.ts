// speedscope's file format: every stack once, as heavy as what is spent in it; one profile per side that is compared.
import type { CallTree } from '../model/call-tree.ts';
import { stacksOf } from './stacks.ts';

const UNITS = new Set(['nanoseconds', 'microseconds', 'milliseconds', 'seconds', 'bytes']);

export function encodeSpeedscope(tree: CallTree, { name, unit }: { name: string; unit: string }): string {
  const numbers = new Map<string, number>();
  const frameOf = (frame: string): number => {
    const known = numbers.get(frame);
    if (known !== undefined) return known;
    numbers.set(frame, numbers.size);
    return numbers.size - 1;
  };
  const stacks = [...stacksOf(tree)];
  const samples = stacks.map(({ frames }) => frames.map(frameOf));
  const profileOf = (title: string, weights: readonly number[]): object => ({
    type: 'sampled',
    name: title,
    unit: UNITS.has(unit) ? unit : 'none',
    startValue: 0,
    endValue: weights.reduce((sum, weight) => sum + weight, 0),
    samples,
    weights,
  });
  const left = profileOf(
    tree.right === undefined ? name : `${name}, A`,
    stacks.map((stack) => stack.left),
  );
  const right = profileOf(
    `${name}, B`,
    stacks.map((stack) => stack.right),
  );
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name,
    exporter: 'spybridge',
    activeProfileIndex: 0,
    shared: { frames: [...numbers.keys()].map((frame) => ({ name: frame })) },
    profiles: tree.right === undefined ? [left] : [left, right],
  });
}
