// What the child that is killed writes: upload number `n` is the same in it and in the test.
import { makeLabels } from '../../../src/model/labels.ts';
import type { Upload } from '../../../src/store/profile.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { SECOND, START } from '../shelf.ts';

export const KILL_TENANT = 'killed';

export function killUpload(n: number): Upload {
  const samples = Array.from({ length: 1 + (n % 5) }, (_, i) => ({
    stack: `main;step${n % 11};work${(n * 7 + i) % 23}`,
    values: [1 + ((n + i) % 9)],
    labels: { uri: `/${(n + i) % 4}` },
  }));
  return {
    tenant: KILL_TENANT,
    service: ['s', 's1', 's10'][n % 3]!,
    type: n % 2 === 0 ? 'cpu' : 'wall',
    labels: makeLabels([['k', n % 4 === 0 ? 'a' : 'b=,+%']]),
    createdAtNanos: undefined,
    // Times jump back and forth over three hours.
    body: makePprof({ samples, timeNanos: START + BigInt((n * 7_919) % 10_800) * SECOND + BigInt(n) }),
    splitsSeries: n % 3 === 0,
  };
}
