// Uploads for the store's benchmark: stacks of a made-up application, the same in every run.
import { gzipSync } from 'node:zlib';
import { encodePprofTable } from '../../src/formats/pprof/encode.ts';
import type { Pprof, SampleLabel } from '../../src/formats/pprof/pprof.ts';
import type { Upload } from '../../src/store/profile.ts';

export const TENANT = 'bench';
export const SERVICE = 'shop';
const START_NANOS = 1_767_225_600_000_000_000n;
const SECOND_NANOS = 1_000_000_000n;
const SAMPLE_TYPES = [
  { type: 'samples', unit: 'count' },
  { type: 'wall', unit: 'nanoseconds' },
];
/** Of one sample, at 100 Hz. */
const PERIOD_NANOS = 10_000_000;
const FUNCTIONS = 700;

export interface ProfileShape {
  readonly samples: number;
  readonly depth: number;
  /** Different stacks that samples are drawn from. */
  readonly stacks: number;
  /** Values of a label `uri`, dealt out one by one. */
  readonly uris?: number;
}

/** About 25 KB gzipped, 568 samples: the size of profefe's CPU profiles. */
export const USUAL: ProfileShape = { samples: 568, depth: 24, stacks: 1_403 };

/** Numbers that look random: a linear congruential generator. */
export function makeRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function makeBody(shape: ProfileShape, place: number): Uint8Array {
  return gzipSync(encodePprofTable(makeTable(shape, place)), { level: 1 });
}

export function makeUpload(body: Uint8Array, splitsSeries = false): Upload {
  return {
    ...{ tenant: TENANT, service: SERVICE, type: 'wall', createdAtNanos: undefined, body, splitsSeries },
    labels: [['env', 'prod']],
  };
}

/** A gzip of zeros that is 389 KB long and becomes 400 MB: many members, none of which takes memory to make. */
export function makeBomb(): Uint8Array {
  const member = gzipSync(Buffer.alloc(8_388_608), { level: 9 });
  return Buffer.concat(Array.from({ length: 48 }, () => member));
}

function makeTable({ samples: count, depth, stacks, uris }: ProfileShape, place: number): Pprof {
  const random = makeRandom(place + 1);
  const starts = Uint32Array.from({ length: count + 1 }, (_, i) => i * depth);
  const locations = new Uint32Array(count * depth);
  const values = new Float64Array(count * 2);
  const labels = new Map<number, readonly SampleLabel[]>();
  const first = random(stacks);
  for (let sample = 0; sample < count; sample++) {
    fillStack(locations.subarray(sample * depth, (sample + 1) * depth), (first + sample) % stacks);
    const weight = 1 + random(random(20) === 0 ? 50 : 3);
    values[2 * sample] = weight;
    values[2 * sample + 1] = weight * PERIOD_NANOS;
    if (uris !== undefined) labels.set(sample, [{ key: 'uri', text: `/product/${sample % uris}` }]);
  }
  return {
    header: {
      ...{ sampleTypes: SAMPLE_TYPES, periodType: SAMPLE_TYPES[1], period: BigInt(PERIOD_NANOS) },
      ...{ timeNanos: START_NANOS + BigInt(place) * 10n * SECOND_NANOS, durationNanos: 10n * SECOND_NANOS },
      ...{ dropFrames: '', keepFrames: '', comments: [], defaultSampleType: 'wall', docUrl: '' },
    },
    mappings: [],
    functions: Array.from({ length: FUNCTIONS }, (_, i) => ({
      name: `App\\Module${i % 37}\\Service${i}::handle`,
      systemName: '',
      filename: `/srv/app/src/Module${i % 37}/Service${i}.php`,
      startLine: 0,
    })),
    locations: Array.from({ length: FUNCTIONS }, (_, fn) => ({
      ...{ mapping: -1, address: 0n, isFolded: false },
      lines: [{ fn, line: 10 + (fn % 200), column: 0 }],
    })),
    samples: { count, starts, locations, values, labels },
  };
}

/** The stack with this number, leaf first: outer frames are shared by many, as those of a framework are. */
function fillStack(stack: Uint32Array, number: number): void {
  const random = makeRandom(number);
  stack.forEach((_, frame) => {
    const isOuter = frame > stack.length / 2;
    stack[frame] = isOuter ? (frame * 7 + (number % 16)) % FUNCTIONS : random(FUNCTIONS);
  });
}
