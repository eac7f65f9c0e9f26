// What the child that is killed writes and lets go: upload number `n` is the same in it and in the test, and so is what is
// meant by each way to let go.
import { makeLabels } from '../../../src/model/labels.ts';
import type { Upload } from '../../../src/store/profile.ts';
import type { Selector } from '../../../src/store/selector.ts';
import { makePprof } from '../../fixtures/pprof-samples.ts';
import { HOUR, SECOND, START } from '../shelf.ts';

export const KILL_TENANT = 'killed';
/** So many follow each other in one hour before the next has its turn; sums of hours are made of those that are left alone. */
const BLOCK = 96;
const HOURS = 3;
const LATE_EVERY = 16;

/** Of what is older than this the child lets all expire, now and then. */
export const EXPIRES_BEFORE = START + 600n * SECOND;
/** This is what it deletes by selector. */
export const DOOMED_SELECTOR: Selector = {
  tenant: KILL_TENANT,
  service: 's10',
  type: 'wall',
  matchers: [{ name: 'k', operator: '=', value: 'b=,+%' }],
  fromNanos: START + HOUR,
  untilNanos: START + 2n * HOUR - 1n,
};

/** By an id; all that is old; all that a selector means. */
export type Doom = 'expire' | 'selector';

export function isDoomed(doom: Doom, n: number): boolean {
  const time = timeOf(n);
  if (doom === 'expire') return time < EXPIRES_BEFORE;
  const { service, type, fromNanos, untilNanos } = DOOMED_SELECTOR;
  const { service: own, type: ownType } = killUpload(n);
  return own === service && ownType === type && n % 4 !== 0 && time >= fromNanos && time <= untilNanos;
}

/** Mostly forwards, hour by hour, with some that come late. */
function timeOf(n: number): bigint {
  const hour = (Math.floor(n / BLOCK) + (n % LATE_EVERY === 0 ? 1 : 0)) % HOURS;
  return START + BigInt(hour) * HOUR + BigInt((n * 7_919) % 3_600) * SECOND + BigInt(n);
}

/** Its number is the part of its time that is under a second. */
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
    body: makePprof({ samples, timeNanos: timeOf(n) }),
    splitsSeries: n % 3 === 0,
  };
}
