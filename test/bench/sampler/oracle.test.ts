import { expect, test } from 'vitest';
import { isOfOneScript, isPossible, scriptOf } from '../../../bench/sampler/oracle.ts';
import type { Trace } from '../../../bench/sampler/output.ts';
import { churningCallers, stackCallers } from '../../../bench/sampler/php-source.ts';

const trace = (names: readonly string[], file = '/srv/alpha.php'): Trace => ({
  frames: names.map((name) => ({ name, file })),
  facts: new Map(),
});
const chain = ['<main>', 'step_function_number_1', 'S2::step_method_number_2'];

test('the stacks of a script are possible: each function below one that calls it', () => {
  const callers = churningCallers(3);
  for (let length = 1; length <= chain.length; length += 1)
    expect(isPossible(trace(chain.slice(0, length)), callers)).toBe(true);
  expect(isPossible(trace([...chain, 'Lx::leaf_c', 'leaf_b', 'leaf_a']), callers)).toBe(true);
});

test.each([
  ['without its root', chain.slice(1)],
  ['with a function left out', ['<main>', 'S2::step_method_number_2']],
  ['with a function below one that does not call it', [...chain, 'leaf_a', 'leaf_b']],
  ['with an unknown function', [...chain, 'unknown']],
])('a stack %s is not', (_, names) => {
  expect(isPossible(trace(names), churningCallers(3))).toBe(false);
});

test('a stack of two scripts is of none', () => {
  const scripts = new Map([
    ['alpha', stackCallers(3, 'alpha', ['usleep'])],
    ['bravo', stackCallers(3, 'bravo', ['usleep'])],
  ]);
  const names = (prefix: string, other: string) => [
    '<main>',
    `${prefix}_function_number_1`,
    `${other.charAt(0).toUpperCase()}2::${other}_method_number_2`,
  ];
  expect(isOfOneScript(trace(names('alpha', 'alpha')), scripts)).toBe(true);
  expect(isOfOneScript(trace(names('alpha', 'bravo')), scripts)).toBe(false);
  expect(isOfOneScript(trace(names('bravo', 'bravo')), scripts)).toBe(false); // in the file of alpha
  const [main, ...inner] = trace(names('alpha', 'alpha')).frames;
  const mixed: Trace = { frames: [{ ...main!, file: '/srv/bravo.php' }, ...inner], facts: new Map() };
  expect(scriptOf(mixed)).toBeUndefined();
  expect(isOfOneScript(mixed, scripts)).toBe(false);
});
