// What is run: the inputs, the sampler that prints them, and for how many samples.
import path from 'node:path';
import type { Inputs } from './inputs.ts';

export interface Case {
  readonly name: string;
  readonly sampler: readonly string[];
  readonly samples: number;
  /** Further options of spybridge. */
  readonly options: readonly string[];
  readonly server: 'answers' | 'hangs' | 'down';
  /** Whether the peer runs it, too: not where it has no such input or no such choice. */
  readonly isShared: boolean;
  /** `time`: CPU time per sample; `steady`: share of a core at a steady rate; `memory`: peak only. */
  readonly measure: 'time' | 'steady' | 'memory';
}

const RATE = 2_000;
const folded = ['--pyroscope-api', 'ingest'];
const small = ['--queue-mb', '16', '--pyroscope-timeout', '1s', '--shutdown-timeout', '2s'];

export function makeCases(inputs: Inputs, isQuick: boolean): readonly Case[] {
  // The last 20 s count: by then Node's compiler has done most of its work, as in a program that runs for months.
  const seconds = isQuick ? 4 : 56;
  const plain = { options: [], server: 'answers', isShared: true, measure: 'time' } as const;
  const fast = (input: Inputs['recorded']) => ({ sampler: ['cat', ...input.files], samples: input.samples });
  const paced = (file: string) => ({
    sampler: [process.execPath, path.join(import.meta.dirname, 'pacer.js'), file, `${RATE}`, `${seconds}`],
    samples: RATE * seconds,
  });
  return [
    { ...plain, name: 'recorded php-fpm', ...fast(inputs.recorded) },
    { ...plain, name: 'recorded, folded', ...fast(inputs.recorded), options: folded, isShared: false },
    { ...plain, name: 'recorded, sample stream', ...fast(inputs.recordedStream), isShared: false },
    { ...plain, name: '40 routes, 100 URIs', ...fast(inputs.routes) },
    { ...plain, name: '10,000 URIs', ...fast(inputs.manyUris) },
    { ...plain, name: 'all distinct', ...fast(inputs.distinct) },
    { ...plain, name: '2,000/s, 100 URIs', ...paced(inputs.pacedRoutes), measure: 'steady' },
    { ...plain, name: '2,000/s, 10,000 URIs', ...paced(inputs.pacedManyUris), measure: 'steady' },
    { ...plain, name: 'idle', sampler: ['sleep', `${seconds}`], samples: 0, measure: 'steady' },
    ...(['down', 'hangs'] as const).map((server) => ({
      ...{ ...plain, ...fast(inputs.strange), options: small, measure: 'memory' as const },
      ...{ name: `every frame new, server ${server}`, server },
    })),
  ];
}

/** Nothing comes: what is left is the cost of starting and ending. */
export const startUp: Case = {
  name: 'start-up',
  sampler: ['cat', '/dev/null'],
  samples: 0,
  options: [],
  server: 'answers',
  isShared: true,
  measure: 'time',
};
