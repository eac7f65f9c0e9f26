import { describe, expect, test } from 'vitest';
import { listTopFunctions } from '../../../src/formats/pprof/top.ts';
import { sketchPprof } from '../../fixtures/pprof-samples.ts';

const top = (...samples: readonly (readonly [stack: string, value: number])[]): unknown[] =>
  listTopFunctions({
    pprof: sketchPprof({ samples: samples.map(([stack, value]) => ({ stack, values: [value] })) }),
    column: 0,
  }).map(({ name, self, total }) => [name, self, total]);

describe('the table of functions', () => {
  test('has what each costs alone and with all that it calls, the most expensive first', () => {
    expect(top(['main;a;b', 2], ['main;a', 1], ['main;c', 4])).toEqual([
      ['c', 4, 4],
      ['b', 2, 2],
      ['a', 1, 3],
      ['main', 0, 7],
    ]);
  });

  test('counts a function that calls itself once per stack', () => {
    expect(top(['f;f;g;f', 2], ['f;g', 1], ['g;f', 4])).toEqual([
      ['f', 6, 7],
      ['g', 1, 7],
    ]);
  });

  test('tells the file of a function', () => {
    const pprof = sketchPprof({ samples: [{ stack: 'a', values: [1] }] });
    expect(listTopFunctions({ pprof, column: 0 })).toEqual([
      { name: 'a', file: '/srv/a.php', self: 1, total: 1 },
    ]);
    const [fn] = pprof.functions;
    const nowhere = { ...pprof, functions: [{ ...fn!, filename: '' }] };
    expect(listTopFunctions({ pprof: nowhere, column: 0 })[0]!.file).toBe('');
  });

  test('of nothing is empty', () => {
    expect(top(['a', 0])).toEqual([]);
  });
});
