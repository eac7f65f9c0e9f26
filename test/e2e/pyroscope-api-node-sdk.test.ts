// Pyroscope's own SDK for Node, from npm, sends to this server; what it sent comes back through the query API.
import { createRequire } from 'node:module';
import { execa } from 'execa';
import { Profile } from 'pprof-format';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { encodeProto } from '../../src/serve/pyroscope/connect/proto-encode.ts';
import { SelectMergeProfileRequest } from '../../src/serve/pyroscope/querier/messages.ts';
import { ApiServer } from '../serve/pyroscope/api-server.ts';

/** In a process of its own: the SDK's profilers stay loaded for good. It uploads when its profilers stop. */
const PROFILED = `
const sdk = await import(process.env.SDK);
const Pyroscope = sdk.default.default ?? sdk.default;
Pyroscope.init({ serverAddress: process.env.SERVER, appName: 'sdk-shop', tags: { region: 'eu' }, wall: { collectCpuTime: true } });
Pyroscope.start();
function spinForTheProfiler(untilMs) { let n = 0; while (Date.now() < untilMs) n += Math.sqrt(n + 1); return n; }
Pyroscope.wrapWithLabels({ route: '/checkout' }, () => spinForTheProfiler(Date.now() + 1500));
await Pyroscope.stop();
`;
const require = createRequire(import.meta.url);
const SERVICE = '/querier.v1.QuerierService';

let api: ApiServer;
beforeEach(async () => {
  api = await new ApiServer({ bodyBytes: 16_777_216, rawBytes: 67_108_864 }).start();
});
afterEach(() => api.stop());

test('profiles of @pyroscope/nodejs arrive, with their types, labels and functions', async () => {
  const before = Date.now();
  await execa('node', ['--input-type=module', '--eval', PROFILED], {
    cwd: import.meta.dirname,
    env: { SERVER: api.url, SDK: require.resolve('@pyroscope/nodejs') },
    timeout: 60_000,
  });
  const range = { start: before - 60_000, end: Date.now() + 60_000 };
  const types = await api.call(`${SERVICE}/ProfileTypes`, range);
  const ids = (types.json as { profileTypes: { ID: string }[] }).profileTypes.map(({ ID }) => ID);
  expect(ids).toContain('wall:wall:nanoseconds:wall:nanoseconds');
  const series = await api.call(`${SERVICE}/Series`, { ...range, labelNames: ['service_name', 'region'] });
  expect(series.json).toEqual({
    labelsSet: [
      {
        labels: [
          { name: 'region', value: 'eu' },
          { name: 'service_name', value: 'sdk-shop' },
        ],
      },
    ],
  });
  const request = encodeProto(SelectMergeProfileRequest, {
    profileTypeID: 'wall:wall:nanoseconds:wall:nanoseconds',
    labelSelector: '{route="/checkout"}',
    start: range.start,
    end: range.end,
  });
  const merged = await api.send(`${SERVICE}/SelectMergeProfile`, {
    method: 'POST',
    headers: { 'content-type': 'application/proto' },
    body: Buffer.from(request),
  });
  const { stringTable, sample } = Profile.decode(merged.body);
  expect(sample.length).toBeGreaterThan(0);
  expect(stringTable.strings.some((text) => text.includes('spinForTheProfiler'))).toBe(true);
});
