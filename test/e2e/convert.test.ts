import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { Profile } from 'pprof-format';
import { afterAll, describe, expect, test } from 'vitest';
import { readSvg } from '../fixtures/svg.ts';
import { fn, hello, magic, sample, stack, string } from '../fixtures/stream-writer.ts';

const program = path.join(import.meta.dirname, '../../bin/spybridge.js');
const corpus = path.join(import.meta.dirname, '../corpus/phpspy');
const folder = mkdtempSync(path.join(tmpdir(), 'convert-'));
const at = (name: string): string => path.join(folder, name);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function convert(args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<Run> {
  const { exitCode, stdout, stderr } = await execa('node', [program, 'convert', ...args], {
    ...{ input, reject: false, encoding: 'buffer', stripFinalNewline: false },
  });
  return { exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr).toString() };
}

/** Folded lines of any input, sorted. */
async function fold(file: string, input?: Uint8Array): Promise<string[]> {
  const { exitCode, stdout } = await convert([file, '-o', '-', '--to', 'folded'], input);
  expect(exitCode).toBe(0);
  return stdout.toString().trimEnd().split('\n').sort();
}

const sumOf = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
const captures = readdirSync(corpus).filter((name) => name.endsWith('.txt.gz'));

describe('convert', () => {
  test.each(captures)('takes the same stacks through every format: %s', async (name) => {
    const capture = path.join(corpus, name);
    // Traces, by the first line of each.
    const traces = gunzipSync(readFileSync(capture)).toString().match(/^0 /gm)!.length;
    const folded = await fold(capture);
    expect(sumOf(folded)).toBe(traces);
    let last = capture;
    for (const step of ['a.pb.gz', 'b.speedscope.json', 'c.folded', 'd.speedscope.json', 'e.pprof']) {
      expect((await convert([last, '-o', at(step), '--rate', '200'])).exitCode).toBe(0);
      last = at(step);
      expect(await fold(last)).toEqual(folded);
    }
    const pprof = Profile.decode(gunzipSync(readFileSync(last)));
    expect([Number(pprof.period), Number(pprof.timeNanos)]).toEqual([5_000_000, 0]);
    expect(pprof.sample.reduce((sum, { value }) => sum + Number(value[0]), 0)).toBe(traces * 5_000_000);
    expect((await convert([last, '-o', at('f.svg')])).exitCode).toBe(0);
    const svg = readFileSync(at('f.svg'), 'utf8');
    expect(readSvg(svg).boxes[0]!.title).toContain(`\n${traces.toLocaleString('en-US')} samples, 100.00 %`);
    expect(svg).toContain('>e.pprof</text>');
    expect(readdirSync(folder).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  test('keeps files and lines on the way to pprof and speedscope', async () => {
    const capture = path.join(corpus, captures[0]!);
    expect((await convert([capture, '-o', at('lines.json')])).exitCode).toBe(0);
    const { stdout } = await convert([at('lines.json'), '-o', '-', '--to', 'pprof']);
    const pprof = Profile.decode(gunzipSync(stdout));
    expect(pprof.stringTable.strings).toContain('/srv/cli.php');
    expect(pprof.location.some(({ line }) => Number(line[0]!.line) === 6)).toBe(true);
  });

  test('gives the same bytes for the same input', async () => {
    const capture = path.join(corpus, captures[0]!);
    for (const format of ['pprof', 'folded', 'speedscope', 'svg']) {
      const runs = [
        await convert([capture, '-o', '-', '--to', format]),
        await convert([capture, '-o', '-', '--to', format]),
      ];
      expect(runs[0]!.stdout.length).toBeGreaterThan(100);
      expect(runs[0]!.stdout.equals(runs[1]!.stdout)).toBe(true);
    }
  });

  test('reads stdin and tells every format by its content, packed or not', async () => {
    const folded = Buffer.from('{main};a 3\n{main};b 4\n');
    const expected = ['{main};a 3', '{main};b 4'];
    expect(await fold('-', folded)).toEqual(expected);
    for (const format of ['pprof', 'folded', 'speedscope']) {
      const { stdout } = await convert(['-', '-o', '-', '--to', format], folded);
      const raw = format === 'pprof' ? gunzipSync(stdout) : stdout;
      expect(await fold('-', raw)).toEqual(expected);
      expect(await fold('-', gzipSync(raw))).toEqual(expected);
    }
  });

  test('takes rate and kind of a sample stream from the stream itself', async () => {
    const names = [string(1, 'main'), string(2, '/i.php'), string(3, 'leaf')];
    const frames = [fn(1, 1, 2, 3), fn(2, 3, 2, 9), stack(1, 0, 1), stack(2, 1, 2)];
    const stream = Buffer.concat([
      magic,
      hello(50, 1),
      ...names,
      ...frames,
      sample(2, 0),
      sample(2, 0, 4),
      sample(1, 0),
    ]);
    const { stdout } = await convert(['-', '-o', '-', '--to', 'speedscope', '--rate', '7'], stream);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      spybridge: { type: 'cpu', periodNanos: 20_000_000 },
    });
    expect(await fold('-', stream)).toEqual(['main 1', 'main;leaf 5']);
  });

  test('tells what it had to leave out, and goes on', async () => {
    const { exitCode, stdout, stderr } = await convert(
      ['-', '-o', '-', '--to', 'folded'],
      Buffer.from('a;b 3\nnonsense\na -1\nc 1\nd 4'),
    );
    expect([exitCode, stdout.toString()]).toEqual([0, 'a;b 3\nc 1\nd 4\n']);
    expect(stderr).toBe('spybridge: Samples that could not be used: 2 (malformed 2).\n');
  });

  test('does not replace what is no file', async () => {
    const { exitCode } = await convert(['-', '-o', '/dev/null', '--to', 'svg'], Buffer.from('a 1\n'));
    expect([exitCode, readFileSync('/dev/null').length]).toEqual([0, 0]);
  });

  test.each([
    ['no input', [], 64, "argument 'input'"],
    ['no output', ['-'], 64, 'No output file'],
    ['no format for stdout', ['-', '-o', '-'], 64, '--to pprof, folded, speedscope or svg'],
    ['no known format', ['-', '-o', '-', '--to', 'png'], 64, '--to "png"'],
    ['no known name', ['-', '-o', 'x.png'], 64, '.svg (flame graph)'],
    ['no rate', ['-', '-o', 'x.svg', '--rate', 'fast'], 64, '--rate "fast"'],
    ['two inputs', ['-', '-', '-o', 'x.svg'], 64, 'Too many arguments'],
    ['a missing file', [at('missing'), '-o', at('x.svg')], 66, 'ENOENT'],
    ['a folder', [folder, '-o', at('x.svg')], 66, 'EISDIR'],
    ['an empty input', ['-', '-o', at('x.svg')], 65, 'no sample in the input'],
  ] as const)('%j ends with a sentence and its exit code: %j', async (_, args, code, part) => {
    const { exitCode, stderr } = await convert(args);
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(part)]);
    expect(readdirSync(folder)).not.toContain('x.svg');
  });

  test.each([
    ['some text', Buffer.from('# Read me\n\nThis is a text.\n'), 'could not be used'],
    ['other JSON', Buffer.from('{"name": "spybridge"}'), 'speedscope'],
    ['other binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]), 'pprof'],
    ['damaged gzip', gzipSync('a;b 1\n'.repeat(9_000)).subarray(0, -9), 'gzip'],
    ['another stream', Buffer.concat([magic, hello(99, 0, 9)]), 'speaks version 9'],
  ])('of %s ends with 65 and writes nothing', async (_, input, part) => {
    const { exitCode, stderr } = await convert(['-', '-o', at('wrong.svg')], input);
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining(part)]);
    expect(readdirSync(folder)).not.toContain('wrong.svg');
  });

  test('ends with 74 where it cannot write', async () => {
    writeFileSync(at('in.folded'), 'a 1\n');
    const { exitCode, stderr } = await convert([at('in.folded'), '-o', at('no/such/x.svg')]);
    expect([exitCode, stderr]).toEqual([74, expect.stringContaining('could not be written (ENOENT)')]);
  });
});

describe('record', () => {
  test('draws a flame graph', async () => {
    writeFileSync(at('in.folded'), 'root;a 1\nroot;b 2\n');
    const { exitCode } = await execa(
      'node',
      [program, 'record', '-o', at('r.svg'), '--', 'cat', at('in.folded')],
      { reject: false },
    );
    expect(exitCode).toBe(0);
    const { boxes } = readSvg(readFileSync(at('r.svg'), 'utf8'));
    expect(boxes.map(({ title }) => title.split('\n')[0])).toEqual(['all', 'root', 'a', 'b']);
  });
});
