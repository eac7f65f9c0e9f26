// Pyroscope's messages for uploads and labels: push.v1 and types.v1.
// Source: https://github.com/grafana/pyroscope/tree/main/api
import { bool, bytes, double, int64, many, one, text, texts } from './connect/message.ts';

const LabelPair = { name: text(1), value: text(2) };

const RawSample = { rawProfile: bytes(1), ID: text(2) };
const RawProfileSeries = { labels: many(1, LabelPair), samples: many(2, RawSample) };
export const PushRequest = { series: many(1, RawProfileSeries) };
export const Empty = {};

const ProfileType = {
  ID: text(1),
  name: text(2),
  sampleType: text(4),
  sampleUnit: text(5),
  periodType: text(6),
  periodUnit: text(7),
};
export const ProfileTypesRequest = { start: int64(1), end: int64(2) };
export const ProfileTypesResponse = { profileTypes: many(1, ProfileType) };

export const LabelNamesRequest = { matchers: texts(1), start: int64(2), end: int64(3) };
export const LabelValuesRequest = { name: text(1), matchers: texts(2), start: int64(3), end: int64(4) };
export const NamesResponse = { names: texts(1) };

export const SeriesRequest = { matchers: texts(1), labelNames: texts(2), start: int64(3), end: int64(4) };
export const SeriesResponse = { labelsSet: many(2, { labels: many(1, LabelPair) }) };

const Point = { value: double(1), timestamp: int64(2) };
export const SelectSeriesResponse = {
  series: many(1, { labels: many(1, LabelPair), points: many(2, Point) }),
};

export const ProfileStats = {
  dataIngested: bool(1),
  oldestProfileTime: int64(2),
  newestProfileTime: int64(3),
};

export const VersionResponse = { QuerierAPI: int64(1) };

export const StackTraceSelector = {
  callSite: many(1, { name: text(1) }),
  goPgo: one(2, { keepLocations: int64(1), aggregateCallees: bool(2) }),
};

export const FeatureFlags = { featureFlags: many(1, { name: text(1), enabled: bool(2) }) };
