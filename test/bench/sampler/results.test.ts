import { expect, test } from 'vitest';
import { judge } from '../../../bench/sampler/goals.ts';
import { Results } from '../../../bench/sampler/results.ts';

const CASE = '20 processes, depth 20';

function resultsOf(ours: readonly number[], theirs: readonly number[]): Results {
  const results = new Results();
  const runs = (values: readonly number[]) => values.map((value) => ({ 'us per sample': value }));
  results.all.push({ name: CASE, program: 'spybridge', runs: runs(ours) });
  if (theirs.length > 0) results.all.push({ name: CASE, program: 'phpspy', runs: runs(theirs) });
  return results;
}

test('the ratio is the median of the pairs, not the quotient of the medians', () => {
  const results = resultsOf([10, 20, 40], [200, 800, 400]);
  expect(results.ratio(CASE, 'us per sample')).toBe(20);
  expect(judge(results)).toMatchObject([{ ours: 20, peer: 400, ratio: 20, isPeerRecorded: false }]);
});

test('without a peer the recorded figure stands in, and what did not run is left out', () => {
  expect(judge(resultsOf([23.5], []))).toMatchObject([{ peer: 235, ratio: 10, isPeerRecorded: true }]);
  expect(judge(new Results())).toEqual([]);
});
