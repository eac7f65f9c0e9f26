// Trace context from a request's header to the labels of its samples: with a real php-fpm, and along every way out of the program.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakePyroscope } from '../fixtures/fake-pyroscope.ts';
import type { BridgeRun } from './support/bridge-run.ts';
import { isClosed, startBridge } from './support/bridge-run.ts';
import { startFpm } from './support/fpm.ts';
import { HOST } from './support/php.ts';

const cleanups: (() => unknown)[] = [];
let folder: string;
let server: FakePyroscope;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'spans-'));
  server = await new FakePyroscope().start();
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(args: readonly string[]): BridgeRun {
  const run = startBridge([...args.slice(0, 1), '--log-format', 'json', ...args.slice(1)]);
  cleanups.push(async () => {
    run.kill('SIGKILL');
    await run.exitCode;
  });
  return run;
}

const bridge = (options: readonly string[], sampler: readonly string[]): BridgeRun =>
  start(['run', '--pyroscope', server.url, '--app', 'shop', ...options, '--', ...sampler]);

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly stack: string;
  readonly count: number;
}

/** What arrived, with the labels of the series and of the sample together. */
function arrived(): Row[] {
  return server.uploads.flatMap(({ stacks }) =>
    [...stacks].map(([key, count]) => {
      const end = key.indexOf('\n');
      const labels = JSON.parse(key.slice(0, end)) as Record<string, string>;
      return { labels, stack: key.slice(end + 1), count };
    }),
  );
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('php-fpm: under each span id stand the functions of its own request, and of no other', async () => {
  const pool = `spans${process.pid}`;
  const fpm = await startFpm(HOST, { pool, children: 2 });
  cleanups.push(() => fpm.stop());
  // The sampler is not told of the header: the bridge asks for it.
  const run = bridge(['--span-labels', 'both'], ['sampler', '-P', `pool ${pool}$`, '-H', '499']);
  await expect
    .poll(() => run.lines.map(({ event }) => event), { timeout: 10_000 })
    .toContain('sampler_started');
  await pause(500);

  // The number of the request's function is in its span id, that of the request in its trace id.
  const requests = new Map<string, string>();
  const until = Date.now() + 6_000;
  let count = 0;
  const user = async (): Promise<void> => {
    while (Date.now() < until) {
      const request = ++count;
      const n = 1 + (request % 89);
      const kind = request % 10;
      const spanId = `${hex(n, 8)}${hex(request, 8)}`;
      const traceId = `${hex(request, 16)}${hex(n, 16)}`;
      // Of ten requests one has no context, and one has a broken one.
      const header = `${kind === 1 ? 'ff' : '00'}-${traceId}-${spanId}-0${request % 2}`;
      if (kind > 1) requests.set(spanId, traceId);
      const script = { SCRIPT_FILENAME: `${fpm.inside}/mixed.php` };
      await fpm.get(`/mixed?n=${n}`, kind === 0 ? script : { ...script, HTTP_TRACEPARENT: header });
    }
  };
  await Promise.all([user(), user(), user()]);
  run.kill('SIGTERM');
  expect(await run.exitCode).toBe(143);

  expect(isClosed(run.totals())).toBe(true);
  expect(run.totals()).toMatchObject({ dropped: 0, pending: 0 });
  const seen = { labelled: 0, plain: 0 };
  const spans = new Set<string>();
  for (const { labels, stack, count: samples } of arrived()) {
    const { span_id: spanId, trace_id: traceId } = labels;
    const worked = [...stack.matchAll(/\b(?:work|inner)_(\d+)/g)].map(([, n]) => Number(n));
    if (spanId === undefined) {
      expect(traceId).toBeUndefined();
      if (worked.length > 0) seen.plain += samples;
      continue;
    }
    expect(requests.get(spanId)).toBe(traceId);
    for (const n of worked) expect(n).toBe(parseInt(spanId.slice(0, 8), 16));
    if (worked.length > 0) seen.labelled += samples;
    spans.add(spanId);
  }
  expect(seen.labelled).toBeGreaterThan(500);
  expect(seen.plain).toBeGreaterThan(50);
  expect(spans.size).toBeGreaterThan(200);
  // Of the series no label tells spans apart.
  for (const { labels } of server.uploads) expect(Object.keys(labels)).not.toContain('span_id');
  expect(run.lines.map(({ event }) => event)).toContain('spans_invalid');
});

test('php-fpm: an id that the application itself keeps in a global is taken by a template', async () => {
  const pool = `globals${process.pid}`;
  const fpm = await startFpm(HOST, { pool, children: 2 });
  cleanups.push(() => fpm.stop());
  // mixed.php keeps its number in $n; those of two digits become ids.
  const template = '{{ "glopeek globals.n" "^([1-9][0-9])$" "00000000000000$1" }}';
  const run = bridge(
    ['--span-labels', 'span', '--span-id', template],
    ['sampler', '-P', `pool ${pool}$`, '-H', '499'],
  );
  await expect
    .poll(() => run.lines.map(({ event }) => event), { timeout: 10_000 })
    .toContain('sampler_started');
  await pause(500);
  for (let n = 10; n < 100; n++)
    await fpm.get(`/mixed?n=${n}`, { SCRIPT_FILENAME: `${fpm.inside}/mixed.php` });
  run.kill('SIGTERM');
  expect(await run.exitCode).toBe(143);
  let checked = 0;
  for (const { labels, stack, count } of arrived()) {
    const [, n] = /;work_(\d+)/.exec(stack) ?? [];
    if (n === undefined) continue;
    expect(labels['span_id']).toBe(n.padStart(16, '0'));
    checked += count;
  }
  expect(checked).toBeGreaterThan(50);
});

test('a reload gives samples other tags and leaves them their spans', async () => {
  const config = path.join(folder, 'spybridge.yaml');
  const tagged = (env: string): void => {
    writeFileSync(config, `span-labels: span\ntag: [env=${env}, 'uri={{ "uri" }}']\nflush-interval: 200ms\n`);
  };
  const trace = `0 f /a.php:1\\n# uri = /a\\n# glopeek server.HTTP_TRACEPARENT = 00-${hex(1, 32)}-${hex(2, 16)}-01\\n\\n`;
  tagged('old');
  const run = bridge(['--config', config], ['sh', '-c', `while :; do printf '${trace}'; sleep 0.01; done`]);
  await expect.poll(() => server.sums('env')['old'] ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  tagged('new');
  run.kill('SIGHUP');
  await expect.poll(() => server.sums('env')['new'] ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  run.kill('SIGTERM');
  expect(await run.exitCode).toBe(143);
  expect(isClosed(run.totals())).toBe(true);
  expect(Object.keys(server.sums('span_id'))).toEqual([hex(2, 16)]);
  expect(Object.keys(server.sums('uri'))).toEqual(['/a']);
});

describe('span labels of a recorded stream', () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c';
  const SPANS = ['b7ad6b7169203331', 'b7ad6b7169203332'];
  let capture: string;

  beforeEach(() => {
    capture = path.join(folder, 'capture.txt');
    const trace = (leaf: string, uri: string, context: string): string =>
      `0 ${leaf} /x.php:1\n1 <main> /i.php:1\n# glopeek server.REQUEST_URI = ${uri}\n${context}\n`;
    const header = (span: string): string => `# glopeek server.HTTP_TRACEPARENT = 00-${TRACE}-${span}-01\n`;
    const [first, second] = SPANS.map(header);
    writeFileSync(
      capture,
      [
        ...[trace('a', '/a', first!), trace('a', '/a', first!), trace('a', '/a', second!)],
        ...[trace('b', '/b', second!), trace('b', '/b', ''), trace('b', '/b', header('0'.repeat(16)))],
      ].join(''),
    );
  });

  const uriTag = ['--tag', 'uri={{ "glopeek server.REQUEST_URI" }}'];
  const both = ['--span-labels', 'both', ...uriTag];
  const expected = [
    `/a ${SPANS[0]!} ${TRACE} <main> /i.php;a 2`,
    `/a ${SPANS[1]!} ${TRACE} <main> /i.php;a 1`,
    `/b - - <main> /i.php;b 2`,
    `/b ${SPANS[1]!} ${TRACE} <main> /i.php;b 1`,
  ];
  const describeRow = ({ labels, stack, count }: Row): string =>
    `${labels['uri']!} ${labels['span_id'] ?? '-'} ${labels['trace_id'] ?? '-'} ${stack} ${count}`;

  test('arrive by push, one row per span, and the accounting closes', async () => {
    const run = bridge(both, ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(arrived().map(describeRow).sort()).toEqual(expected);
    expect(run.totals()).toMatchObject({ received: 6, delivered: 6, dropped: 0, pending: 0 });
  });

  test('are no part of folded stacks: /ingest gets one request per series, with all samples', async () => {
    const run = bridge([...both, '--pyroscope-api', 'ingest'], ['cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(server.uploads.map(({ labels }) => Object.keys(labels).sort())).toEqual(
      Array.from({ length: 2 }, () => ['instance', 'service_name', 'uri']),
    );
    expect(arrived().map(describeRow).sort()).toEqual([
      '/a - - <main> /i.php;a 3',
      '/b - - <main> /i.php;b 3',
    ]);
    expect(run.totals()).toMatchObject({ received: 6, delivered: 6, dropped: 0, pending: 0 });
  });

  test('outlive an outage in the spool', async () => {
    server.fault = () => ({ status: 503 });
    const spool = ['--spool', path.join(folder, 'spool')];
    const first = bridge([...both, ...spool, '--shutdown-timeout', '300ms'], ['cat', capture]);
    expect(await first.exitCode).toBe(0);
    expect(server.uploads).toEqual([]);
    server.fault = () => undefined;
    const second = bridge(spool, ['true']);
    expect(await second.exitCode).toBe(0);
    expect(second.totals()).toMatchObject({ received: 0, replayed: 6, delivered: 6, pending: 0 });
    expect(arrived().map(describeRow).sort()).toEqual(expected);
  });

  test('are in a recording, and convert keeps them in pprof', async () => {
    const file = path.join(folder, 'out.pb.gz');
    const copy = path.join(folder, 'copy.pb.gz');
    const run = start(['record', '-o', file, ...both, '--', 'cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(await startBridge(['convert', file, '-o', copy]).exitCode).toBe(0);
    for (const written of [file, copy]) expect(labelsIn(written)).toEqual(expected);
  });

  test('are shown by print, behind the labels of the series', async () => {
    const run = start(['print', ...both, '--', 'cat', capture]);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toContain(
      `# wall {uri="/a"} span_id=${SPANS[0]!} trace_id=${TRACE} 2 samples\n<main> /i.php;a 2\n`,
    );
    expect(run.stdout()).toContain('# wall {uri="/b"} 2 samples\n<main> /i.php;b 2\n');
  });

  test('are not there unless asked for, and without the trace where only spans are asked for', async () => {
    expect(await bridge(uriTag, ['cat', capture]).exitCode).toBe(0);
    expect(arrived().some(({ labels }) => 'span_id' in labels || 'trace_id' in labels)).toBe(false);
    server.uploads.length = 0;
    expect(await bridge(['--span-labels', 'span', ...uriTag], ['cat', capture]).exitCode).toBe(0);
    expect(arrived().map(describeRow).sort()).toEqual(expected.map((row) => row.replace(TRACE, '-')));
  });

  test.each([
    [['--trace-id', '{{ "uri" }}'], 'samples get no trace_id label'],
    [['--span-labels', 'span', '--trace-id', '{{ "uri" }}'], 'samples get no trace_id label'],
    [['--span-labels', 'both', '--span-id', 'x'], 'it reads no fact'],
    [['--span-labels', 'both', '--span-id', '{{ "uri" "(" "" }}'], '--span-id: The regular expression'],
    [['--span-labels', 'yes'], 'must be one of off, span, both'],
    [['--tag', 'trace_id={{ "uri" }}'], 'would make a series per request'],
  ])('are refused with %j', async (options, sentence) => {
    const run = bridge(options, ['cat', capture]);
    expect(await run.exitCode).toBe(78);
    expect(run.stderr()).toContain(sentence);
    expect(await startBridge(['check', '--pyroscope', server.url, '--app', 'x', ...options]).exitCode).toBe(
      78,
    );
  });

  function labelsIn(file: string): string[] {
    const profile = Profile.decode(gunzipSync(readFileSync(file)));
    const text = (id: unknown): string => profile.stringTable.strings[Number(id)]!;
    const names = new Map(profile.function.map(({ id, name }) => [Number(id), text(name)]));
    const frames = new Map(
      profile.location.map(({ id, line }) => [Number(id), names.get(Number(line[0]!.functionId))!]),
    );
    return profile.sample
      .map(({ label, locationId, value }) =>
        describeRow({
          labels: Object.fromEntries(label.map(({ key, str }) => [text(key), text(str)])),
          stack: locationId
            .map((id) => frames.get(Number(id)))
            .reverse()
            .join(';'),
          count: Number(value[0]) / Number(profile.period),
        }),
      )
      .sort();
  }
});
