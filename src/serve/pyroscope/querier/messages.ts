// Messages of the queries that add profiles up: querier.v1 and google.v1.Profile.
// Source: https://github.com/grafana/pyroscope/tree/main/api
import { bool, bytes, double, int64, int64s, many, one, oneOf, text, texts } from '../connect/message.ts';
import { StackTraceSelector } from '../messages.ts';

/** By number. */
const FORMATS = [
  'PROFILE_FORMAT_UNSPECIFIED',
  'PROFILE_FORMAT_FLAMEGRAPH',
  'PROFILE_FORMAT_TREE',
  'PROFILE_FORMAT_DOT',
  'PROFILE_FORMAT_PPROF',
];
const AGGREGATIONS = ['TIME_SERIES_AGGREGATION_TYPE_SUM', 'TIME_SERIES_AGGREGATION_TYPE_AVERAGE'];
const EXEMPLARS = [
  'EXEMPLAR_TYPE_UNSPECIFIED',
  'EXEMPLAR_TYPE_NONE',
  'EXEMPLAR_TYPE_INDIVIDUAL',
  'EXEMPLAR_TYPE_SPAN',
];

const selection = { profileTypeID: text(1), labelSelector: text(2), start: int64(3), end: int64(4) };

export const SelectMergeStacktracesRequest = {
  ...selection,
  maxNodes: int64(5),
  format: oneOf(6, FORMATS),
  stackTraceSelector: one(7, StackTraceSelector),
  profileIdSelector: texts(8),
  traceIdSelector: texts(10),
  spanSelector: texts(11),
};

export const SelectMergeSpanProfileRequest = {
  profileTypeID: text(1),
  labelSelector: text(2),
  spanSelector: texts(3),
  start: int64(4),
  end: int64(5),
  maxNodes: int64(6),
  format: oneOf(7, FORMATS),
};

export const SelectMergeProfileRequest = {
  ...selection,
  maxNodes: int64(5),
  stackTraceSelector: one(6, StackTraceSelector),
  profileIdSelector: texts(7),
};

export const SelectSeriesRequest = {
  ...selection,
  groupBy: texts(5),
  step: double(6),
  aggregation: oneOf(7, AGGREGATIONS),
  stackTraceSelector: one(8, StackTraceSelector),
  limit: int64(9),
  exemplarType: oneOf(10, EXEMPLARS),
};

export const DiffRequest = {
  left: one(1, SelectMergeStacktracesRequest),
  right: one(2, SelectMergeStacktracesRequest),
};

const Level = { values: int64s(1) };
const FlameGraph = { names: texts(1), levels: many(2, Level), total: int64(3), maxSelf: int64(4) };
const FlameGraphDiff = { ...FlameGraph, leftTicks: int64(5), rightTicks: int64(6) };

const ValueType = { type: int64(1), unit: int64(2) };
const Label = { key: int64(1), str: int64(2), num: int64(3), numUnit: int64(4) };

/** pprof itself. */
export const Profile = {
  sampleType: many(1, ValueType),
  sample: many(2, { locationId: int64s(1), value: int64s(2), label: many(3, Label) }),
  mapping: many(3, {
    id: int64(1),
    memoryStart: int64(2),
    memoryLimit: int64(3),
    fileOffset: int64(4),
    filename: int64(5),
    buildId: int64(6),
    hasFunctions: bool(7),
    hasFilenames: bool(8),
    hasLineNumbers: bool(9),
    hasInlineFrames: bool(10),
  }),
  location: many(4, {
    id: int64(1),
    mappingId: int64(2),
    address: int64(3),
    line: many(4, { functionId: int64(1), line: int64(2) }),
    isFolded: bool(5),
  }),
  function: many(5, {
    id: int64(1),
    name: int64(2),
    systemName: int64(3),
    filename: int64(4),
    startLine: int64(5),
  }),
  stringTable: texts(6),
  dropFrames: int64(7),
  keepFrames: int64(8),
  timeNanos: int64(9),
  durationNanos: int64(10),
  periodType: one(11, ValueType),
  period: int64(12),
  comment: int64s(13),
  defaultSampleType: int64(14),
};

export const FlameGraphResponse = { flamegraph: one(1, FlameGraph) };

export const SelectMergeStacktracesResponse = {
  flamegraph: one(1, FlameGraph),
  tree: bytes(2),
  dot: text(3),
  pprof: one(5, { profile: one(1, Profile) }),
};

export const DiffResponse = { flamegraph: one(1, FlameGraphDiff) };
