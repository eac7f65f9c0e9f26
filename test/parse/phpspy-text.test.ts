import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RECORD_BYTES } from '../../src/parse/dialect.ts';
import { Feed } from '../../src/parse/feed.ts';
import { PhpspyText } from '../../src/parse/phpspy-text.ts';
import { RecordingSink } from '../fixtures/recording-sink.ts';

const URI = 'glopeek server.REQUEST_URI';

function parse(chunks: readonly (string | Uint8Array)[], wanted: readonly string[] = [URI]): RecordingSink {
  const sink = new RecordingSink(wanted);
  const feed = new Feed(new PhpspyText(sink, { keepEntrypointName: true }));
  for (const chunk of chunks) feed.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  feed.end();
  return sink;
}

const trace = (name: string, uri: string): string =>
  `0 ${name} /a.php:3\n1 <main> /i.php:1\n# ${URI} = ${uri}\n\n`;

describe('phpspy text', () => {
  test('hands on frames from the leaf to the root with file, line and facts', () => {
    const { samples } = parse(
      ['0 md5 <internal>:-1\n1 A::b /x/my app.php:12\n2 <main> /x/i.php:1\n# uri = /q\n\n'],
      ['uri'],
    );
    expect(samples).toEqual([
      {
        frames: ['md5 :0', 'A::b /x/my app.php:12', '<main> /x/i.php /x/i.php:1'],
        metas: [['uri', '/q']],
        weight: 1,
      },
    ]);
  });

  test('keeps a trace of a single frame', () => {
    expect(parse(['0 <main> /index.php:1\n\n']).samples).toHaveLength(1);
  });

  test("reads PHP 8.4's closures, whose names may hold spaces", () => {
    const { samples } = parse(['0 {closure:/my app/x.php:7} /my app/x.php:7\n1 <main> /i.php:1\n\n']);
    expect(samples[0]?.frames[0]).toBe('{closure:/my app/x.php:7} /my app/x.php:7');
  });

  test('drops a trace whose frame index jumps or restarts as torn, and never sends it', () => {
    const sink = parse([
      `0 foo /a:1\n0 bar /a:1\n1 <main> /i:1\n\n0 foo /a:1\n2 <main> /i:1\n\n${trace('ok', '/')}`,
    ]);
    expect(sink.drops).toEqual({ torn: 2 });
    expect(sink.samples).toHaveLength(1);
  });

  test('drops a trace that holds the facts of two requests as torn', () => {
    const sink = parse([`0 f /a:1\n1 <main> /i:1\n# ${URI} = /a\n# ${URI} = /b\n\n`]);
    expect(sink.drops).toEqual({ torn: 1 });
    expect(parse([`0 f /a:1\n# ${URI} = /a\n1 <main> /i:1\n\n`]).drops).toEqual({ torn: 1 });
  });

  test('takes variables that phpspy prints between frames, anew for each trace', () => {
    const varpeek = (value: number): string => `0 f /a:1\n# varpeek x@/a:1 = ${value}\n1 <main> /i:1\n\n`;
    const { samples } = parse([varpeek(1), varpeek(2), varpeek(1)], ['varpeek x@/a:1']);
    expect(samples.map((sample) => sample.metas[0]?.[1])).toEqual(['1', '2', '1']);
  });

  test('drops what is no trace as malformed', () => {
    const sink = parse([
      'process_vm_readv: No such process\n\n0 noline\n\n# uri = /\n\n0  x:1\n\n',
      trace('ok', '/'),
    ]);
    expect(sink.drops).toEqual({ malformed: 4 });
    expect(sink.samples).toHaveLength(1);
  });

  test('takes a last trace without its empty line only if it reached the root', () => {
    expect(parse(['0 f /a:1\n1 <main> /i:1\n']).samples).toHaveLength(1);
    expect(parse(['0 f /a:1\n1 <main> /i:1\n# uri = /x\n'], ['uri']).samples).toHaveLength(1);
    expect(parse(['0 f /a:1\n1 g /i:1\n']).drops).toEqual({ torn: 1 });
    expect(parse(['0 f /a:1\n1 <main> /i:']).drops).toEqual({ torn: 1 });
  });

  test('leaves out facts that no tag wants', () => {
    const { samples } = parse(['0 <main> /i:1\n# trace_ts = 1.5\n# pid = 7\n# mem 1 2\n\n'], ['pid']);
    expect(samples[0]?.metas).toEqual([['pid', '7']]);
  });

  test('skips a trace of more than a MiB, counts it once, and goes on', () => {
    const huge = `0 ${'x'.repeat(3 * MAX_RECORD_BYTES)} /a:1\n1 <main> /i:1\n\n`;
    const sink = parse([trace('before', '/1'), huge, trace('after', '/2')]);
    expect(sink.drops).toEqual({ too_long: 1 });
    expect(sink.samples.map((sample) => sample.frames[0])).toEqual(['before /a.php:3', 'after /a.php:3']);
  });

  test('replaces invalid UTF-8, NUL and control characters', () => {
    const bytes = Buffer.concat([
      Buffer.from('0 f\xff\x00\x1b[31m /a:1\n1 <main> /i:1\n# uri = \xc3\x28\x07\n\n', 'latin1'),
    ]);
    const { samples } = parse([bytes], ['uri']);
    expect(samples[0]?.frames[0]).toBe('f\uFFFD\uFFFD\uFFFD[31m /a:1');
    expect(samples[0]?.metas).toEqual([['uri', '\uFFFD(\uFFFD']]);
  });

  test('starts a new epoch when its tables are full, and loses nothing', () => {
    const count = 70_000;
    const sink = new RecordingSink();
    const feed = new Feed(new PhpspyText(sink, { keepEntrypointName: true }));
    for (let i = 0; i < count; i++) feed.push(Buffer.from(`0 f${i} /a:1\n1 <main> /i:1\n\n`));
    expect(sink.samples).toHaveLength(count);
    expect(sink.samples[count - 1]?.frames[0]).toBe(`f${count - 1} /a:1`);
    expect(sink.epochs).toBeGreaterThan(2);
  });

  test('gives the same samples wherever the bytes are cut', () => {
    const text = `${trace('a', '/1')}0 torn /a:1\n5 x /b:2\n\n${trace('b', '/ü?{x}')}\n\n${trace('a', '/1')}`;
    const bytes = Buffer.from(text);
    const whole = parse([bytes]);
    expect(whole.samples).toHaveLength(3);
    for (let cut = 1; cut < bytes.length; cut++) {
      const sink = parse([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(sink.samples).toEqual(whole.samples);
      expect(sink.drops).toEqual(whole.drops);
    }
  });

  test('never throws and counts every trace, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom('0 f /a:1\n', '1 <main> /i:1\n', '\n', '\n\n', '# uri = /x\n', '# ', '7 ', ':', ' '),
      fc.uint8Array({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const sink = parse(pieces, ['uri']);
        const text = Buffer.concat(pieces.map((part) => Buffer.from(part as string))).toString('latin1');
        const traces = text.split(/\n\n+/).filter((block) => block.replace(/\n/g, '') !== '').length;
        const counted =
          sink.samples.length + Object.values(sink.drops).reduce((sum, drops) => sum + drops, 0);
        expect(counted).toBe(traces);
      }),
    );
  });
});

describe('captures of phpspy', () => {
  const folder = path.join(import.meta.dirname, '../corpus/phpspy');
  const captures = ['cli-php74-ts-pid', 'cli-php82-ts-pid', 'cli-php84-ts-pid', 'fpm-request-uri'] as const;

  test.each(captures)('%s: each trace is read, and as a plain line-by-line reading has it', (name) => {
    const bytes = gunzipSync(readFileSync(path.join(folder, `${name}.txt.gz`)));
    const sink = parse([bytes]);
    const expected = readPlainly(bytes.toString('utf8'));
    expect(sink.drops).toEqual({});
    expect(sink.samples.map((sample) => [sample.frames.length, sample.metas[0]?.[1]])).toEqual(
      expected.map(({ frames, uri }) => [frames.length, uri]),
    );
    expect(sink.samples.map((sample) => sample.frames[0]?.split(' ')[0])).toEqual(
      expected.map(({ frames }) => frames[0]?.split(' ')[1]),
    );
  });
});

function readPlainly(text: string): { frames: string[]; uri: string | undefined }[] {
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const lines = block.split('\n').filter((line) => line !== '');
      const uri = lines.find((line) => line.startsWith(`# ${URI} = `))?.slice(URI.length + 5);
      return { frames: lines.filter((line) => !line.startsWith('#')), uri };
    });
}
