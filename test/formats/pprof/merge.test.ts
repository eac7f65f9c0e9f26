import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePprofTable } from '../../../src/formats/pprof/decode.ts';
import { encodePprofTable } from '../../../src/formats/pprof/encode.ts';
import { MAX_MERGED_COMMENTS, mergeHeaders, PprofMerger } from '../../../src/formats/pprof/merge.ts';
import type {
  Pprof,
  PprofHeader,
  PprofLocation,
  PprofMapping,
  SampleLabel,
} from '../../../src/formats/pprof/pprof.ts';
import { SymbolTable } from '../../../src/formats/pprof/symbol-table.ts';
import { MAX_SUMS, ValueSums } from '../../../src/formats/pprof/value-sums.ts';
import { PprofTooLarge } from '../../../src/formats/pprof/wire.ts';
import { anyPprof, toColumns } from './any-pprof.ts';

function merge(...profiles: readonly Pprof[]): Pprof {
  const merger = new PprofMerger();
  for (const profile of profiles) merger.add(profile);
  return merger.finish()!;
}

const header: PprofHeader = {
  sampleTypes: [{ type: 'cpu', unit: 'nanoseconds' }],
  periodType: undefined,
  period: 10n,
  timeNanos: 5n,
  durationNanos: 7n,
  dropFrames: '',
  keepFrames: '',
  comments: [],
  defaultSampleType: '',
  docUrl: '',
};
const fn = { name: 'f', systemName: 'f', filename: '/f.php', startLine: 0 };
const mapping: PprofMapping = {
  ...{ start: 0x1000n, limit: 0x3000n, offset: 0n, filename: '/bin/php', buildId: '' },
  ...{ hasFunctions: true, hasFilenames: false, hasLineNumbers: false, hasInlineFrames: false },
};

interface Sketch {
  readonly header?: Partial<PprofHeader>;
  readonly mappings?: readonly PprofMapping[];
  readonly location?: Partial<PprofLocation>;
  readonly value?: bigint;
  readonly labels?: readonly SampleLabel[];
}

/** One sample of one location. */
function one(sketch: Sketch = {}): Pprof {
  return {
    header: { ...header, ...sketch.header },
    mappings: sketch.mappings ?? [],
    functions: [fn],
    locations: [
      {
        ...{ mapping: -1, address: 0n, isFolded: false, lines: [{ fn: 0, line: 1, column: 0 }] },
        ...sketch.location,
      },
    ],
    samples: toColumns([{ stack: [0], values: [sketch.value ?? 1n], labels: sketch.labels ?? [] }]),
  };
}

/** What a sample is, in words that do not depend on how anything is numbered; label order within a key counts. */
function describeSamples({
  header: { sampleTypes },
  mappings,
  functions,
  locations,
  samples,
}: Pprof): string[] {
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
  return Array.from({ length: samples.count }, (_, sample) => {
    const stack = [...samples.locations.subarray(samples.starts[sample], samples.starts[sample + 1])];
    const labels = [...(samples.labels.get(sample) ?? [])].sort((a, b) =>
      a.key === b.key ? Number('number' in a) - Number('number' in b) : a.key < b.key ? -1 : 1,
    );
    const frames = stack.map((place) => {
      const location = locations[place]!;
      const at = mappings[location.mapping];
      const pages = at && (BigInt.asUintN(64, at.limit - at.start) + 4_095n) / 4_096n;
      return [
        at && [pages, at.offset, at.buildId === '' ? at.filename : at.buildId],
        BigInt.asUintN(64, location.address - (at?.start ?? 0n)),
        location.isFolded,
        location.lines.map((line) => [functions[line.fn], line.line, line.column]),
      ];
    });
    const from = sample * sampleTypes.length;
    return show([[frames, labels], [...samples.values.slice(from, from + sampleTypes.length)].map(String)]);
  });
}

/** The sum in the plainest way. */
function addUp(profiles: readonly Pprof[]): string[] {
  const sums = new Map<string, bigint[]>();
  for (const text of profiles.flatMap(describeSamples)) {
    const [what, values] = JSON.parse(text) as [unknown, string[]];
    const key = JSON.stringify(what);
    const before = sums.get(key) ?? values.map(() => 0n);
    sums.set(
      key,
      values.map((value, i) => BigInt.asIntN(64, before[i]! + BigInt(value))),
    );
  }
  return [...sums]
    .filter(([, values]) => values.some((value) => value !== 0n))
    .map(([key, values]) => JSON.stringify([JSON.parse(key), values.map(String)]))
    .sort();
}

describe('a merge', () => {
  const values = fc.oneof(
    fc.bigInt(-2n, 2n),
    fc.constantFrom(2n ** 52n, 2n ** 53n - 1n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)),
  );

  test('is the sum of all samples, exact and wrapping as int64 does, without zeros', () => {
    const kind = { periodType: undefined };
    fc.assert(
      fc.property(fc.array(anyPprof(values), { minLength: 1, maxLength: 4 }), (profiles) => {
        const alike = profiles.map((profile) => ({ ...profile, header: { ...profile.header, ...kind } }));
        const sum = merge(...alike);
        expect(describeSamples(sum).sort()).toEqual(addUp(alike));
        const { functions, locations, mappings } = sum;
        const used = new Set([...sum.samples.locations]);
        expect(used.size).toBe(locations.length);
        expect(new Set(locations.flatMap(({ lines }) => lines.map((line) => line.fn))).size).toBe(
          functions.length,
        );
        expect(mappings.length).toBeLessThanOrEqual(alike.flatMap((profile) => profile.mappings).length);
      }),
      { numRuns: 300 },
    );
  });

  test('of a merge with others is the merge of all', () => {
    fc.assert(
      fc.property(anyPprof(values), anyPprof(values), anyPprof(values), (a, b, c) => {
        const [x, y, z] = [a, b, c].map((profile) => ({ ...profile, header }));
        expect(describeSamples(merge(merge(x!, y!), z!)).sort()).toEqual(
          describeSamples(merge(x!, merge(y!, z!))).sort(),
        );
      }),
    );
  });

  test('has equal bytes for equal input, and can be read again', () => {
    fc.assert(
      fc.property(anyPprof(), (profile) => {
        const raw = encodePprofTable(merge(profile, profile));
        expect(encodePprofTable(merge(profile, profile)).equals(raw)).toBe(true);
        expect(encodePprofTable(decodePprofTable(raw)).equals(raw)).toBe(true);
      }),
    );
  });

  test('tells long names apart', () => {
    const named = (end: string): Pprof => ({
      ...one(),
      functions: [{ ...fn, name: 'x'.repeat(20_000) + end }],
    });
    const sum = merge(named('a'), named('b'), named('a'));
    expect([...sum.samples.values]).toEqual([2, 1]);
    expect(decodePprofTable(encodePprofTable(sum)).functions).toEqual(sum.functions);
  });

  test('of nothing is nothing', () => {
    expect(new PprofMerger().finish()).toBeUndefined();
  });

  test('leaves out what adds up to zero, with all that only it needs', () => {
    const other = { ...one({ value: 4n }), functions: [{ ...fn, name: 'g' }] };
    const sum = merge(one({ value: 3n }), other, one({ value: -3n }));
    expect(sum.functions.map(({ name }) => name)).toEqual(['g']);
    expect([...sum.samples.values]).toEqual([4]);
  });

  test('takes doubles while they are exact and int64 beyond', () => {
    const large = one({ value: 2n ** 53n - 1n });
    expect(merge(large).samples.values).toEqual(Float64Array.of(2 ** 53 - 1));
    expect(merge(large, large).samples.values).toEqual(BigInt64Array.of(2n ** 54n - 2n));
    expect(merge(large, large, one({ value: -(2n ** 53n) })).samples.values).toEqual(
      Float64Array.of(2 ** 53 - 2),
    );
    expect(merge(one({ value: 2n ** 63n - 1n }), one()).samples.values).toEqual(
      BigInt64Array.of(-(2n ** 63n)),
    );
  });
});

describe('what is one sample', () => {
  const count = (...profiles: readonly Pprof[]): number => merge(...profiles).samples.count;

  test('does not depend on where a mapping was loaded, nor on less than a page of its size', () => {
    const moved = { ...mapping, start: 0x7000n, limit: 0x8fffn };
    const sum = merge(
      one({ mappings: [mapping], location: { mapping: 0, address: 0x1234n } }),
      one({ mappings: [moved], location: { mapping: 0, address: 0x7234n } }),
    );
    expect(sum.samples.count).toBe(1);
    expect(sum.mappings).toEqual([mapping]);
    expect(sum.locations[0]!.address).toBe(0x1234n);
  });

  test('depends on the build, not on the file, where both are known', () => {
    const built = { ...mapping, buildId: 'b1' };
    const at = { mapping: 0 };
    const renamed = { ...built, filename: '/usr/bin/php' };
    expect(count(one({ mappings: [built], location: at }), one({ mappings: [renamed], location: at }))).toBe(
      1,
    );
    const other = { ...built, buildId: 'b2' };
    expect(count(one({ mappings: [built], location: at }), one({ mappings: [other], location: at }))).toBe(2);
  });

  test('depends on the column of every line, the inlined ones, too', () => {
    const lines = (column: number): Partial<PprofLocation> => ({
      lines: [
        { fn: 0, line: 1, column },
        { fn: 0, line: 2, column: 0 },
      ],
    });
    expect(count(one({ location: lines(4) }), one({ location: lines(5) }))).toBe(2);
    expect(count(one({ location: lines(4) }), one({ location: lines(4) }))).toBe(1);
  });

  test('depends on labels, however they are ordered, and on units', () => {
    const a: SampleLabel = { key: 'a', text: '1' };
    const b: SampleLabel = { key: 'b', number: 1n, unit: '' };
    const sameKey: SampleLabel = { key: 'a', number: 2n, unit: '' };
    expect(count(one({ labels: [a, b] }), one({ labels: [b, a] }))).toBe(1);
    expect(count(one({ labels: [a, sameKey] }), one({ labels: [sameKey, a] }))).toBe(1);
    expect(count(one({ labels: [b] }), one({ labels: [{ ...b, unit: 'bytes' }] }))).toBe(2);
    expect(count(one({ labels: [a] }), one())).toBe(2);
    expect(count(one({ labels: [a, { ...a, text: '2' }] }), one({ labels: [{ ...a, text: '12' }] }))).toBe(2);
  });

  test('is known by its number: a table gives it the same one again', () => {
    const table = new SymbolTable();
    const labels: readonly SampleLabel[] = [{ key: 'a', text: '1' }];
    const first = table.intern(one({ labels }));
    expect(table.intern(one())).not.toEqual(first);
    expect(table.intern(one({ labels }))).toEqual(first);
    expect(table.intern(one({ labels }), () => [])).toEqual(table.intern(one()));
  });
});

describe('the header of a merge', () => {
  test('has the earliest time that is known, the sum of durations, the longest period', () => {
    const times = (...all: readonly bigint[]): bigint =>
      merge(...all.map((timeNanos) => one({ header: { timeNanos } }))).header.timeNanos;
    expect(times(8n, 5n, 9n)).toBe(5n);
    expect(times(8n, 0n)).toBe(8n);
    expect(times(0n, 8n)).toBe(8n);
    const sum = merge(one(), one({ header: { period: 30n, durationNanos: 2n } })).header;
    expect([sum.period, sum.durationNanos]).toEqual([30n, 9n]);
  });

  test('unites comments, and takes of the rest what is known first', () => {
    const { comments, defaultSampleType, docUrl, dropFrames } = mergeHeaders(
      { ...header, comments: ['a', 'b'], dropFrames: 'x' },
      { ...header, comments: ['b', 'c'], defaultSampleType: 'cpu', docUrl: 'u', dropFrames: 'y' },
    );
    expect({ comments, defaultSampleType, docUrl, dropFrames }).toEqual({
      ...{ comments: ['a', 'b', 'c'], defaultSampleType: 'cpu', docUrl: 'u', dropFrames: 'x' },
    });
    const many = Array.from({ length: MAX_MERGED_COMMENTS }, (_, i) => String(i));
    expect(mergeHeaders({ ...header, comments: many }, { ...header, comments: ['x'] }).comments).toEqual(
      many,
    );
  });

  test('keeps the main binary first, needed or not', () => {
    const library = { ...mapping, filename: '/lib/c.so' };
    const unneeded = one({ mappings: [mapping, library], location: { mapping: 1 } });
    expect(merge(unneeded).mappings).toEqual([mapping, library]);
    expect(merge(one({ mappings: [library], location: { mapping: 0 } }), unneeded).mappings).toEqual([
      library,
    ]);
  });

  test('is refused for profiles of other kinds, with both named', () => {
    const bytes = { type: 'space', unit: 'bytes' };
    expect(() => merge(one(), one({ header: { sampleTypes: [bytes] } }))).toThrow(
      'incompatible sample types [cpu/nanoseconds] and [space/bytes]',
    );
    expect(() => merge(one(), one({ header: { periodType: bytes } }))).toThrow(
      'incompatible period types none and space/bytes',
    );
    const long = Array.from({ length: 1_000 }, () => ({ type: 'x'.repeat(1_000), unit: '' }));
    const many = { ...one(), header: { ...header, sampleTypes: long } };
    expect(() => merge(one(), { ...many, samples: toColumns([]) })).toThrow(/^.{100,1000} \.\.\.\]$/);
  });
});

describe('a merge over a bound', () => {
  const roomy = { symbols: 9, keys: 9, stacks: { rows: 9, cells: 99 } };
  const label = (text: string): Pprof => one({ labels: [{ key: 'a', text }] });

  test.each([
    ['1 different symbols', { ...roomy, symbols: 1 }],
    ['1 different samples', { ...roomy, keys: 1 }],
    ['1 different stacks', { ...roomy, stacks: { rows: 1, cells: 9 } }],
    ['1 frames in its different stacks', { ...roomy, stacks: { rows: 9, cells: 1 } }],
  ])('of %s is refused', (reason, bounds) => {
    const merger = new PprofMerger(bounds);
    merger.add(one());
    merger.add(one());
    const other = reason.includes('stacks') ? { ...one(), samples: twice } : label('x');
    const add = (): void => {
      merger.add(other);
    };
    expect(add).toThrow(`more than ${reason}`);
    expect(add).toThrow(PprofTooLarge);
  });

  test('of values is refused before it takes the memory', () => {
    const sums = new ValueSums(1_024);
    expect(() => {
      sums.reserve(MAX_SUMS / 1_024 + 1);
    }).toThrow(PprofTooLarge);
  });

  const twice = toColumns([{ stack: [0, 0], values: [1n], labels: [] }]);
});
