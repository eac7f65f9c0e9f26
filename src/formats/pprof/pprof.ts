// A pprof profile as a table: nothing is lost of what the format can say, and a sample costs no object.
// Format: https://github.com/google/pprof/blob/main/proto/profile.proto

export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

export interface PprofHeader {
  readonly sampleTypes: readonly ValueType[];
  /** Undefined where the profile says none. */
  readonly periodType: ValueType | undefined;
  readonly period: bigint;
  /** UNIX time in ns; 0 where unknown. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly comments: readonly string[];
  readonly defaultSampleType: string;
  readonly docUrl: string;
}

export interface PprofMapping {
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
  readonly filename: string;
  readonly buildId: string;
  readonly hasFunctions: boolean;
  readonly hasFilenames: boolean;
  readonly hasLineNumbers: boolean;
  readonly hasInlineFrames: boolean;
}

export interface PprofFunction {
  readonly name: string;
  readonly systemName: string;
  readonly filename: string;
  readonly startLine: number;
}

export interface PprofLine {
  /** Index in `functions`. */
  readonly fn: number;
  readonly line: number;
  readonly column: number;
}

export interface PprofLocation {
  /** Index in `mappings`; -1 for none. */
  readonly mapping: number;
  readonly address: bigint;
  /** Innermost first where functions were inlined; may be empty. */
  readonly lines: readonly PprofLine[];
  readonly isFolded: boolean;
}

/** Of a sample: a text, or a number with its unit ('' for none). */
export type SampleLabel =
  | { readonly key: string; readonly text: string }
  | { readonly key: string; readonly number: bigint; readonly unit: string };

/** int64 values: doubles as long as all of them are below 2^53, else exact. */
export type PprofValues = Float64Array | BigInt64Array;

export interface PprofSamples {
  readonly count: number;
  /** Sample i has the locations from starts[i] to starts[i + 1], leaf first. `count` + 1 of them. */
  readonly starts: Uint32Array;
  /** Indices in `locations`. */
  readonly locations: Uint32Array;
  /** Row by row: sample i has values[i * sampleTypes.length + column]. */
  readonly values: PprofValues;
  /** Of those samples that have any. */
  readonly labels: ReadonlyMap<number, readonly SampleLabel[]>;
}

export interface Pprof {
  readonly header: PprofHeader;
  readonly mappings: readonly PprofMapping[];
  readonly functions: readonly PprofFunction[];
  readonly locations: readonly PprofLocation[];
  readonly samples: PprofSamples;
}
