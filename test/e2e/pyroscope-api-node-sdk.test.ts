// Pyroscope's own SDK for Node, from npm, sends to `spybridge serve`; what it sent comes back through the query API, also after
// the server has been started again.
import { createRequire } from 'node:module';
import { execa } from 'execa';
import { Profile } from 'pprof-format';
import { expect, test } from 'vitest';
import { encodeProto } from '../../src/serve/pyroscope/connect/proto-encode.ts';
import { SelectMergeProfileRequest } from '../../src/serve/pyroscope/querier/messages.ts';
import { serverRuns } from './support/server-run.ts';

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
const SPUN_NANOS = 1_500_000_000;
const WALL = 'wall:wall:nanoseconds:wall:nanoseconds';
const require = createRequire(import.meta.url);
const startServer = serverRuns();

type Range = Readonly<Record<'start' | 'end', number>>;

async function ask(url: string, method: string, message: object): Promise<unknown> {
  const response = await fetch(`${url}/querier.v1.QuerierService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
  });
  expect(response.status).toBe(200);
  return response.json();
}

async function expectProfiles(url: string, range: Range): Promise<void> {
  const types = (await ask(url, 'ProfileTypes', range)) as { profileTypes: { ID: string }[] };
  expect(types.profileTypes.map(({ ID }) => ID)).toContain(WALL);
  const labels = [
    { name: 'region', value: 'eu' },
    { name: 'service_name', value: 'sdk-shop' },
  ];
  expect(await ask(url, 'Series', { ...range, labelNames: ['service_name', 'region'] })).toEqual({
    labelsSet: [{ labels }],
  });
  const query = { profileTypeID: WALL, labelSelector: '{route="/checkout"}', ...range };
  const flame = (await ask(url, 'SelectMergeStacktraces', query)) as { flamegraph: { names: string[] } };
  expect(flame.flamegraph.names.some((name) => name.includes('spinForTheProfiler'))).toBe(true);
  const merged = await fetch(`${url}/querier.v1.QuerierService/SelectMergeProfile`, {
    method: 'POST',
    headers: { 'content-type': 'application/proto' },
    body: Buffer.from(encodeProto(SelectMergeProfileRequest, query)),
  });
  expectSpin(Profile.decode(Buffer.from(await merged.arrayBuffer())));
}

/** All that was measured, give or take what a busy machine does to a profiler. */
function expectSpin({
  stringTable: { strings },
  function: functions,
  location: locations,
  sample,
}: Profile): void {
  const spins = new Set(
    functions.filter(({ name }) => strings[Number(name)]!.includes('spinForTheProfiler')).map(({ id }) => id),
  );
  const places = new Set(
    locations.filter(({ line }) => line.some(({ functionId }) => spins.has(functionId))).map(({ id }) => id),
  );
  const nanos = sample
    .filter(({ locationId }) => locationId.some((id) => places.has(id)))
    .reduce((sum, { value }) => sum + Number(value[0]), 0);
  expect(nanos).toBeGreaterThan(SPUN_NANOS / 4);
  expect(nanos).toBeLessThan(SPUN_NANOS * 4);
}

test('profiles of @pyroscope/nodejs arrive, with their types, labels and functions, and stay', async () => {
  const { run, url, data } = await startServer();
  const before = Date.now();
  await execa('node', ['--input-type=module', '--eval', PROFILED], {
    cwd: import.meta.dirname,
    env: { SERVER: url, SDK: require.resolve('@pyroscope/nodejs') },
    timeout: 60_000,
  });
  const range = { start: before - 60_000, end: Date.now() + 60_000 };
  await expectProfiles(url, range);
  run.kill('SIGKILL');
  await run.exitCode;
  const again = await startServer([], data);
  await expectProfiles(again.url, range);
});
