// The stacks that the fixtures' scripts can have, and what a run's samples are measured by.
import { expect } from 'vitest';
import type { RecordedSample } from '../../fixtures/recording-sink.ts';
import type { SamplerResult } from './sampler-run.ts';
import { stackOf } from './sampler-run.ts';

const RAISE = ';raise'.repeat(6);

/** Every stack of shapes.php, without the `<main>` at its root, and each of these cut short, is one that may be seen. */
export const SHAPES = [
  ...['outer;busy', 'outer;middle;busy', 'outer;middle;usleep'],
  `down${';down'.repeat(30)};busy`,
  ...['consume;busy', 'consume;delegate;busy', 'consume;delegate;produce', 'consume;produce;busy'],
  ...['callbacks;usort;{closure};busy', 'callbacks;array_map;twice;busy', 'callbacks;{closure};busy'],
  'callbacks;preg_replace_callback;Tool::replace;busy',
  ...['magic;Base::inherited;busy', 'magic;Base::inherited;Tool::own;busy', 'magic;Tool::__get;busy'],
  ...[
    'magic;Tool::__call;busy',
    'magic;Tool::anything',
    'magic;Tool::__callStatic;busy',
    'magic;Tool::something',
  ],
  ...['magic;Tool::__toString;busy', 'magic;Tool::__invoke;busy', 'magic;Tool::__destruct;busy'],
  ...['Tool::__destruct;busy', 'magic;strlen'], // a destructor runs when its function has been left
  // PHP 7.4 calls the autoloader through a function, and 8.4 calls class_exists without a frame.
  ...['autoloads;class_exists;{closure};busy', 'autoloads;class_exists;spl_autoload_call;{closure};busy'],
  'autoloads;{closure};busy',
  ...[`rescue${RAISE};busy`, `rescue${RAISE};Exception::__construct`, 'rescue;busy'],
  ...['spread;busy', 'spread;spread_inner;busy'],
  ...['evaluates;<main>;busy', 'evaluates;<main>;function_of_eval;busy'],
  'includes;<main>;busy',
  'anonymous;class@anonymous::run;busy',
  ...['<main>;busy', '<main>;function_exists', '<main>;Fiber::__construct'],
  ...['<main>;Fiber::start;in_fiber;busy', '<main>;Fiber::start;in_fiber;Fiber::suspend'],
  ...['<main>;Fiber::resume;in_fiber;after_suspend;busy', '<main>;Fiber::resume;in_fiber;Fiber::suspend'],
  ...[
    'spl_autoload_register',
    'busy',
    'calibrate;busy',
    'calibrate;hrtime',
    'calibrate;min',
    'calibrate;max',
    'calibrate;intdiv',
    'define',
  ],
];

/** Those of front.php, likewise. */
export const FRONT = ['first;work;microtime', 'second;work;microtime', 'parse_url'];

/** Every stack cut short at any frame, each under `root`. */
export function cutShort(stacks: readonly string[], root = '<main>'): Set<string> {
  const all = new Set([root]);
  for (const stack of stacks) {
    const names = `${root};${stack}`.split(';');
    for (let length = 1; length <= names.length; length++) all.add(names.slice(0, length).join(';'));
  }
  return all;
}

export const SHAPES_STACKS = cutShort(SHAPES);

export function countStacks(samples: readonly RecordedSample[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of samples) {
    const stack = stackOf(one);
    counts.set(stack, (counts.get(stack) ?? 0) + one.weight);
  }
  return counts;
}

export function expectOnly(samples: readonly RecordedSample[], allowed: ReadonlySet<string>): void {
  expect([...countStacks(samples)].filter(([stack]) => !allowed.has(stack))).toEqual([]);
}

/** Polls that found PHP at work but brought no sample, of all that found it so. */
export function lostShare({ counters, samples }: SamplerResult): number {
  const lost = counters.get('torn')! + counters.get('failed_reads')! + counters.get('dropped')!;
  return lost / (lost + samples.length);
}

/** A run that ended well and lost next to none of its samples. */
export function expectWhole(result: SamplerResult): void {
  expect(lostShare(result)).toBeLessThan(0.01);
  const { exitCode, troubles } = result;
  const messages = result.messages.filter((message) => !message.startsWith('info '));
  expect({ exitCode, troubles, messages }).toEqual({ exitCode: 0, troubles: [], messages: [] });
}
