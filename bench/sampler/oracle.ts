// Judges stacks: could this program have had them?
import type { Trace } from './output.ts';
import type { Callers } from './php-source.ts';
import { MAIN } from './php-source.ts';

/** From `<main>` on every function was called by one that calls it. */
export function isPossible({ frames }: Trace, callers: Callers): boolean {
  return frames.every(({ name }, index) =>
    index === 0 ? name === MAIN : callers.get(name)?.has(frames[index - 1]!.name) === true,
  );
}

/** Functions of one script only, in an order that it has; the script is its file's name without `.php`. */
export function isOfOneScript(trace: Trace, scripts: ReadonlyMap<string, Callers>): boolean {
  const callers = scripts.get(scriptOf(trace) ?? '');
  return callers !== undefined && isPossible(trace, callers);
}

/** Undefined when there is none, or more than one. */
export function scriptOf({ frames }: Trace): string | undefined {
  const files = new Set(frames.map(({ file }) => file).filter((file) => file.endsWith('.php')));
  const [file] = files;
  return files.size === 1 ? /([^/]+)\.php$/.exec(file!)?.[1] : undefined;
}
