import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { runImport } from '../../src/cli/import.ts';
import type { ImportWords } from '../../src/cli/import.ts';
import { makePprof } from '../fixtures/pprof-samples.ts';
import { serve } from '../fixtures/served.ts';
import type { Served } from '../fixtures/served.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'import-'));
const at = (name: string): string => path.join(folder, name);
let said = '';
let complained = '';

beforeAll(() => {
  writeFileSync(at('one.pb.gz'), makePprof({ samples: [{ stack: 'm', values: [1] }] }));
  writeFileSync(at('two.pb.gz'), makePprof({ samples: [{ stack: 'm', values: [2] }] }));
  writeFileSync(at('bad'), 'no pprof');
  writeFileSync(at('token'), '# agents\nsecret\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  said = '';
  complained = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((said += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((complained += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const words = (given: Partial<ImportWords>): ImportWords => ({
  service: 'app',
  type: 'wall',
  label: [],
  ...given,
});

async function listed({ store }: Served): Promise<readonly object[]> {
  const all = { fromNanos: 0n, untilNanos: 2n ** 63n - 1n, matchers: [] };
  return store.list({ tenant: 'anonymous', service: undefined, type: undefined, ...all });
}

describe('an import', () => {
  test('sends each file with its service, type, labels and time', async () => {
    const served = await serve();
    const label = ['region=eu', 'odd=a,b=c+d %e'];
    const given = words({ server: `${served.url}/`, label, createdAt: '2020-01-01T00:00:00' });
    expect(await runImport([at('one.pb.gz'), at('two.pb.gz')], given, {})).toBe(0);
    const profiles = await listed(served);
    expect(profiles).toHaveLength(2);
    for (const profile of profiles)
      expect(profile).toMatchObject({
        service: 'app',
        type: 'wall',
        labels: [
          ['odd', 'a,b=c+d %e'],
          ['region', 'eu'],
        ],
        createdAtNanos: 1_577_836_800_000_000_000n,
      });
    expect(said.split('\n')[0]).toMatch(/one\.pb\.gz: [0-9a-v]{20}$/);
  });

  test('tells what fails, sends the rest, and ends with 1', async () => {
    const served = await serve();
    const files = [at('none'), at('bad'), at('one.pb.gz')];
    expect(await runImport(files, words({ server: served.url }), {})).toBe(1);
    expect(await listed(served)).toHaveLength(1);
    expect(complained).toContain('none: it cannot be read (ENOENT)');
    expect(complained).toContain('bad: 400 malformed profile (could not parse pprof profile: ');
    expect(complained).toContain('2 of 3 files were not imported.');
  });

  test('says what to do about a folder, another format, and a token that is missing', async () => {
    const served = await serve({}, { write: ['secret'], read: ['other'] });
    const given = words({ server: served.url });
    await runImport([folder], given, {});
    expect(complained).toContain('it is a folder; name the files in it');
    await runImport([at('one.pb.gz')], given, {});
    expect(complained).toContain('(give --token-file FILE with a token for writing)');
    writeFileSync(at('reader'), 'other');
    await runImport([at('one.pb.gz')], { ...given, tokenFile: at('reader') }, {});
    expect(complained).toContain('403 this token may not write (it is one for reading:');
    await runImport([at('bad')], { ...given, tokenFile: at('token') }, {});
    expect(complained).toContain('`spybridge convert FILE -o OUT.pb.gz` makes one of other formats');
  });

  test('takes the server of profefe from PROFEFE_COLLECTOR', async () => {
    const served = await serve();
    expect(await runImport([at('one.pb.gz')], words({}), { PROFEFE_COLLECTOR: served.url })).toBe(0);
    expect(await listed(served)).toHaveLength(1);
  });

  test('shows its token, and tells that it is wrong without telling it', async () => {
    const served = await serve({}, { write: ['secret'] });
    const given = words({ server: served.url, tokenFile: at('token') });
    expect(await runImport([at('one.pb.gz')], given, {})).toBe(0);
    const other = await serve({}, { write: ['another'] });
    expect(await runImport([at('one.pb.gz')], { ...given, server: other.url }, {})).toBe(1);
    expect(complained).toContain('401 a token is needed to write');
    expect(complained).not.toContain('secret');
  });

  test('names its tenant', async () => {
    const served = await serve({ isMultiTenant: true });
    expect(await runImport([at('one.pb.gz')], words({ server: served.url, tenant: 'a' }), {})).toBe(0);
    expect(await served.store.services('a')).toEqual(['app']);
  });

  test('follows no redirect: its token is for one server only', async () => {
    let visits = 0;
    const server = createServer((_, response) => {
      visits += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const given = words({ server: `http://127.0.0.1:${port}`, tokenFile: at('token') });
    expect(await runImport([at('one.pb.gz')], given, {})).toBe(1);
    expect(visits).toBe(1);
  });

  test('tells that there is no server', async () => {
    const served = await serve();
    await served.stop(0);
    expect(await runImport([at('one.pb.gz')], words({ server: served.url }), {})).toBe(1);
    expect(complained).toContain('the server cannot be reached (ECONNREFUSED)');
  });

  test.each([
    [{ type: undefined }, 'usage', 'The service or the type'],
    [{ service: undefined }, 'usage', 'The service or the type'],
    [{ server: 'ftp://x' }, 'usage', '--server'],
    [{ server: 'http://user:password@x' }, 'usage', '--server'],
    [{ label: ['solo'] }, 'usage', '--label solo'],
    [{ tokenFile: '/none' }, 'config', '--token-file /none cannot be read'],
  ])('with %j is refused before anything is sent', async (given, code, sentence) => {
    const wrong = { ...words({}), ...given } as ImportWords;
    await expect(runImport([at('one.pb.gz')], wrong, {})).rejects.toMatchObject({
      code,
      message: expect.stringContaining(sentence) as string,
    });
  });
});

test('labels of samples can be asked for after an import', async () => {
  const served = await serve();
  const samples = [
    { stack: 'm', values: [1], labels: { uri: '/a' } },
    { stack: 'm', values: [2], labels: { uri: '/b' } },
  ];
  writeFileSync(at('tagged.pb.gz'), makePprof({ samples }));
  expect(await runImport([at('tagged.pb.gz')], words({ server: served.url }), {})).toBe(0);
  const all = { fromNanos: 0n, untilNanos: 2n ** 63n - 1n, matchers: [] };
  const series = await served.store.series({ tenant: 'anonymous', service: 'app', type: undefined, ...all }, [
    'uri',
  ]);
  expect(series).toEqual([[['uri', '/a']], [['uri', '/b']]]);
});
