// Profiles that Go's runtime wrote, and what `go tool pprof` says of them and of their sums.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodePprofTable } from '../../../src/formats/pprof/decode.ts';
import { encodePprofTable } from '../../../src/formats/pprof/encode.ts';
import { PprofMerger } from '../../../src/formats/pprof/merge.ts';
import { openPprof } from '../../../src/formats/pprof/open.ts';
import type { Pprof } from '../../../src/formats/pprof/pprof.ts';
import { listTopFunctions } from '../../../src/formats/pprof/top.ts';

interface Expected {
  readonly period: number;
  readonly samples: number;
  readonly locations: number;
  readonly sums: readonly number[];
  /** Per sample type: name, self, total. */
  readonly functions: Readonly<Record<string, readonly (readonly [string, number, number])[]>>;
}

const corpus = path.join(import.meta.dirname, '../../corpus/pprof');
const expected = JSON.parse(readFileSync(path.join(corpus, 'expected.json'), 'utf8')) as Record<
  string,
  Expected
>;

async function mergeCorpus(kind: string): Promise<Pprof> {
  const merger = new PprofMerger();
  for (const part of [1, 2])
    merger.add(decodePprofTable(await openPprof(readFileSync(path.join(corpus, `${kind}-${part}.pb.gz`)))));
  return merger.finish()!;
}

describe.each(Object.entries(expected))(
  'the sum of two %s profiles of Go',
  (kind, { functions, ...facts }) => {
    test('has as many samples and locations and the same values as go tool pprof says', async () => {
      const { header, samples, locations } = await mergeCorpus(kind);
      const types = header.sampleTypes.length;
      const values = Array.from(samples.values as ArrayLike<number | bigint>, Number);
      const sums = header.sampleTypes.map((_, column) =>
        values.reduce((sum, value, i) => sum + (i % types === column ? value : 0), 0),
      );
      expect({
        period: Number(header.period),
        samples: samples.count,
        locations: locations.length,
        sums,
      }).toEqual(facts);
    });

    test.each(Object.entries(functions))('has the functions by %s that it lists', async (type, list) => {
      const pprof = decodePprofTable(encodePprofTable(await mergeCorpus(kind)));
      const column = pprof.header.sampleTypes.findIndex((candidate) => candidate.type === type);
      const found = listTopFunctions({ pprof, column }).map((row) => [row.name, row.self, row.total]);
      const byName = (a: readonly unknown[], b: readonly unknown[]): number => (a[0]! < b[0]! ? -1 : 1);
      expect(found.sort(byName)).toEqual([...list].sort(byName));
    });
  },
);
