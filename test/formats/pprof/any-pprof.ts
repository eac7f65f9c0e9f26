// Tables at random: everything that the format can say, with few names, so that much of it meets.
import fc from 'fast-check';
import type {
  Pprof,
  PprofHeader,
  PprofLocation,
  PprofMapping,
  SampleLabel,
  ValueType,
} from '../../../src/formats/pprof/pprof.ts';

const anyText = fc.constantFrom('', 'a', 'b', 'App\\C::d', 'ü€😀', ']]>&"');
const anyUint64 = fc.oneof(fc.nat(3).map(BigInt), fc.bigInt(0n, 2n ** 64n - 1n));
const anyInt64 = fc.oneof(fc.nat(3).map(BigInt), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const anyLine = fc.oneof(fc.nat(3), fc.integer({ min: -2, max: 2 ** 31 }));
/** Google's reader holds no empty period type: it is none. */
const anyValueType: fc.Arbitrary<ValueType> = fc.record({ type: fc.constantFrom('cpu', 'b'), unit: anyText });

export function anyHeader(sampleTypes: readonly ValueType[]): fc.Arbitrary<PprofHeader> {
  return fc.record({
    sampleTypes: fc.constant(sampleTypes),
    periodType: fc.option(anyValueType, { nil: undefined }),
    period: anyInt64,
    timeNanos: anyInt64,
    durationNanos: anyInt64,
    dropFrames: anyText,
    keepFrames: anyText,
    comments: fc.array(anyText, { maxLength: 2 }),
    defaultSampleType: anyText,
    docUrl: anyText,
  });
}

const anyMapping: fc.Arbitrary<PprofMapping> = fc.record({
  start: anyUint64,
  limit: anyUint64,
  offset: anyUint64,
  filename: anyText,
  buildId: anyText,
  hasFunctions: fc.boolean(),
  hasFilenames: fc.boolean(),
  hasLineNumbers: fc.boolean(),
  hasInlineFrames: fc.boolean(),
});
const anyFunction = fc.record({
  name: anyText,
  systemName: anyText,
  filename: anyText,
  startLine: anyLine,
});
/** A text is not empty: on the wire such a label is the number 0. */
const anyLabel: fc.Arbitrary<SampleLabel> = fc.oneof(
  fc.record({ key: anyText, text: fc.constantFrom('x', 'y', 'ü') }),
  fc.record({ key: anyText, number: anyInt64, unit: anyText }),
);

function anyLocation(mappings: number, functions: number): fc.Arbitrary<PprofLocation> {
  const line = fc.record({ fn: fc.nat(Math.max(0, functions - 1)), line: anyLine, column: anyLine });
  return fc.record({
    mapping: fc.integer({ min: -1, max: mappings - 1 }),
    address: anyUint64,
    lines: functions === 0 ? fc.constant([]) : fc.array(line, { maxLength: 3 }),
    isFolded: fc.boolean(),
  });
}

interface Row {
  readonly stack: readonly number[];
  readonly values: readonly bigint[];
  readonly labels: readonly SampleLabel[];
}

function anyRow(locations: number, values: fc.Arbitrary<bigint>, types: number): fc.Arbitrary<Row> {
  return fc.record({
    stack: locations === 0 ? fc.constant([]) : fc.array(fc.nat(locations - 1), { maxLength: 5 }),
    values: fc.array(values, { minLength: types, maxLength: types }),
    labels: fc.oneof(fc.constant([]), fc.array(anyLabel, { maxLength: 3 })),
  });
}

/** `values` are what one cell may hold. */
export function anyPprof(
  values: fc.Arbitrary<bigint> = anyInt64,
  sampleTypes: readonly ValueType[] = [
    { type: 'cpu', unit: 'nanoseconds' },
    { type: 'n', unit: '' },
  ],
): fc.Arbitrary<Pprof> {
  return fc
    .tuple(
      anyHeader(sampleTypes),
      fc.array(anyMapping, { maxLength: 3 }),
      fc.array(anyFunction, { maxLength: 4 }),
    )
    .chain(([header, mappings, functions]) =>
      fc
        .array(anyLocation(mappings.length, functions.length), { maxLength: 4 })
        .chain((locations) =>
          fc
            .array(anyRow(locations.length, values, sampleTypes.length), { maxLength: 6 })
            .map((rows): Pprof => ({ header, mappings, functions, locations, samples: toColumns(rows) })),
        ),
    );
}

export function toColumns(rows: readonly Row[]): Pprof['samples'] {
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach(({ stack }, i) => {
    starts[i + 1] = starts[i]! + stack.length;
  });
  const values = rows.flatMap((row) => row.values);
  const isExact = values.every((value) => Number.isSafeInteger(Number(value)));
  return {
    count: rows.length,
    starts,
    locations: Uint32Array.from(rows.flatMap(({ stack }) => stack)),
    values: isExact ? Float64Array.from(values, Number) : BigInt64Array.from(values),
    labels: new Map(rows.flatMap(({ labels }, i) => (labels.length === 0 ? [] : [[i, labels] as const]))),
  };
}
