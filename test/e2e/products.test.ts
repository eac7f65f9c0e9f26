import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBridge } from './support/bridge-run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'products-'));
const capture = path.join(folder, 'fpm.txt');
const at = (name: string): string => path.join(folder, name);

beforeAll(() => {
  const corpus = path.join(import.meta.dirname, '../corpus/phpspy/fpm-request-uri.txt.gz');
  writeFileSync(capture, gunzipSync(readFileSync(corpus)));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('record', () => {
  test('writes the same samples to each format', async () => {
    const outputs = ['a.pb.gz', 'a.folded', 'a.speedscope.json'].flatMap((name) => ['-o', at(name)]);
    const run = startBridge(['record', ...outputs, '--sample-rate', '100', '--', 'cat', capture]);
    expect(await run.exitCode).toBe(0);
    const pprof = Profile.decode(gunzipSync(readFileSync(at('a.pb.gz'))));
    expect(pprof.sample.reduce((sum, { value }) => sum + Number(value[0]), 0)).toBe(2_500 * 10_000_000);
    const folded = readFileSync(at('a.folded'), 'utf8').trim().split('\n');
    expect(folded.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)).toBe(2_500);
    const scope = JSON.parse(readFileSync(at('a.speedscope.json'), 'utf8')) as {
      profiles: { weights: number[]; endValue: number }[];
    };
    expect(scope.profiles[0]!.endValue).toBe(2_500 * 10_000_000);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('stops after its duration and ends the sampler', async () => {
    const sampler = ['sh', '-c', `cat ${capture}; exec sleep 60`];
    const run = startBridge(['record', '-d', '700ms', '-o', at('b.folded'), '--', ...sampler]);
    expect(await run.exitCode).toBe(0);
    expect(run.totals()).toMatchObject({ received: 2_500, delivered: 2_500 });
  });

  test.each([
    [['-o', 'x.xyz'], 'tells no format'],
    [['-o', '/nowhere/x.folded'], 'cannot be written'],
    [[], 'No output file'],
    [['-d', 'soon', '-o', at('x.folded')], '--duration "soon"'],
  ])('%j is refused with a sentence before anything starts', async (args, part) => {
    const run = startBridge(['record', ...args, '--', 'touch', at('started')]);
    expect(await run.exitCode).toBe(64);
    expect(run.stderr()).toContain(part);
    expect(readdirSync(folder)).not.toContain('started');
  });
});

describe('print', () => {
  test('shows labels, counts and stacks, and reads folded stacks from any program', async () => {
    const sampler = ['printf', '<main> /srv/index.php;f 3\\nroot;leaf 4\\n'];
    const run = startBridge([
      'print',
      '--app',
      'a',
      '--tag',
      'env=x"y',
      '--tag-entrypoint',
      '--',
      ...sampler,
    ]);
    expect(await run.exitCode).toBe(0);
    expect(run.stdout()).toBe(
      '# wall {entrypoint="/srv/index.php", env="x\\"y", service_name="a"} 3 samples\n<main> /srv/index.php;f 3\n\n' +
        '# wall {env="x\\"y", service_name="a"} 4 samples\nroot;leaf 4\n\n',
    );
  });
});
