import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Feed } from '../../src/parse/feed.ts';
import { SampleStream } from '../../src/parse/sample-stream.ts';
import { RecordingSink } from '../fixtures/recording-sink.ts';
import * as write from '../fixtures/stream-writer.ts';

interface Read {
  readonly sink: RecordingSink;
  readonly told: unknown[];
}

function parse(chunks: readonly Uint8Array[], wanted: readonly string[] = ['uri']): Read {
  const sink = new RecordingSink(wanted);
  const told: unknown[] = [];
  const listener = {
    hello: (hello: unknown) => told.push(['hello', hello]),
    stats: (stats: unknown) => told.push(['stats', stats]),
    message: (...message: unknown[]) => told.push(['message', ...message]),
    bye: (...bye: unknown[]) => told.push(['bye', ...bye]),
    trouble: (sentence: string) => told.push(['trouble', sentence]),
  };
  const feed = new Feed(new SampleStream(sink, { keepEntrypointName: true, listener }));
  for (const chunk of chunks) feed.push(chunk);
  feed.end();
  return { sink, told };
}

const session = [
  write.magic,
  write.hello(99),
  write.string(1, 'md5'),
  write.string(2, '<main>'),
  write.string(3, '/srv/i.php'),
  write.string(4, 'uri'),
  write.string(5, '/a,}'),
  write.string(6, 'pid'),
  write.fn(1, 2, 3, 1),
  write.fn(2, 1, 0, 0),
  write.stack(1, 0, 1),
  write.stack(2, 1, 2),
  write.meta(1, [
    [4, 5],
    [6, 5],
  ]),
  write.frame(0x06, [1, 7]),
  write.frame(0x07, [10]),
  write.sample(2, 1),
  write.sample(1, 0, 300),
  write.frame(0x55, [1, 2, 3]),
  write.stats([
    [1, 2],
    [3, 1],
    [99, 5],
  ]),
  write.message(2, 'slow', 'late'),
  write.epoch(),
  write.string(1, 'other'),
  write.fn(1, 1, 0, 0),
  write.stack(1, 0, 1),
  write.sample(1, 0),
  write.bye('end', ''),
];

describe('the sample stream', () => {
  test('hands on samples, facts that are wanted, and what it tells of itself', () => {
    const { sink, told } = parse(session);
    expect(sink.samples).toEqual([
      { frames: ['md5 :0', '<main> /srv/i.php /srv/i.php:1'], metas: [['uri', '/a,}']], weight: 1 },
      { frames: ['<main> /srv/i.php /srv/i.php:1'], metas: [], weight: 300 },
      { frames: ['other :0'], metas: [], weight: 1 },
    ]);
    expect(told).toEqual([
      [
        'hello',
        { version: 1, pid: 42, rateHz: 99, type: 'wall', samplerName: 'sampler', samplerVersion: '1.0' },
      ],
      [
        'stats',
        new Map([
          ['samples', 2],
          ['torn', 1],
        ]),
      ],
      ['message', 'warn', 'slow', 'late'],
      ['bye', 'end', ''],
    ]);
  });

  test('reads the example of its specification', () => {
    const example = '89534253 05 02 01 6d6435 06 03 01 01 00 00 01 04 04 01 00 01 04 08 01 00 00';
    expect(parse([Buffer.from(example.replaceAll(' ', ''), 'hex')]).sink.samples).toEqual([
      { frames: ['md5 :0'], metas: [], weight: 1 },
    ]);
  });

  test('of the bundled sampler is read as it was captured', () => {
    const capture = path.join(import.meta.dirname, '../corpus/sampler/cli-php82.sbs.gz');
    const { sink, told } = parse([gunzipSync(readFileSync(capture))]);
    expect(sink.drops).toEqual({});
    expect(sink.samples).toHaveLength(300);
    const leaves = sink.samples.map(({ frames }) => frames[0]!.replace(/ .*/, ''));
    const count = (name: string): number => leaves.filter((leaf) => leaf === name).length;
    expect([count('App\\Shapes::leaf'), count('microtime'), count('usleep')]).toEqual([274, 6, 20]);
    expect(told[0]).toMatchObject([
      'hello',
      { version: 1, rateHz: 99, type: 'wall', samplerName: 'sampler' },
    ]);
    expect(told.at(-1)).toMatchObject(['bye', 'limit', '']);
  });

  test('is the same wherever it is cut', () => {
    const bytes = Buffer.concat(session);
    // Not the sinks themselves: their tables are large, and a comparison of those takes its time.
    const read = (...chunks: readonly Uint8Array[]): unknown => {
      const { sink, told } = parse(chunks);
      return { samples: sink.samples, drops: sink.drops, epochs: sink.epochs, told };
    };
    const whole = read(bytes);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
    expect(read(...[...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  test('refuses another version and what is no stream with a sentence, and reads nothing of it', () => {
    const other = parse([write.magic, write.hello(99, 0, 2), ...session.slice(2)]);
    expect(other.sink.samples).toEqual([]);
    expect(other.told).toEqual([['trouble', expect.stringContaining('version 2')]]);
    expect(parse([Buffer.from('0 f /a:1\n\n')]).told).toEqual([
      ['trouble', expect.stringContaining('not a sample stream')],
    ]);
  });

  test('counts samples that name what is not there as malformed', () => {
    const { sink, told } = parse([
      write.magic,
      write.sample(9, 0),
      ...session.slice(2, 12),
      write.sample(2, 9),
    ]);
    expect(sink.drops).toEqual({ malformed: 2 });
    expect(told).toHaveLength(2);
  });

  test('skips a frame over the bound by its length and goes on', () => {
    const long = write.frame(0x02, new Array<number>(1_200_000).fill(65));
    const { sink } = parse([write.magic, long, ...session.slice(1)]);
    expect(sink.samples).toHaveLength(3);
  });

  test('starts an epoch of its own when its tables are full, and translates anew', () => {
    const definitions = Array.from({ length: 40_000 }, (_, i) => write.stack(i + 3, 2, 1 + (i % 2)));
    const samples = Array.from({ length: 40_000 }, (_, i) => write.sample(i + 3, 1));
    const { sink } = parse([...session.slice(0, 13), ...definitions, ...samples]);
    expect(sink.samples).toHaveLength(40_000);
    expect(sink.epochs).toBe(2);
    expect(sink.samples.at(-1)).toEqual({
      frames: ['md5 :0', 'md5 :0', '<main> /srv/i.php /srv/i.php:1'],
      metas: [['uri', '/a,}']],
      weight: 1,
    });
  });

  test('never throws, whatever the bytes', () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom(...session), fc.uint8Array({ maxLength: 30 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(pieces, (chunks) => {
        parse([write.magic, ...chunks]);
      }),
    );
  });

  test('never throws on a session with one byte changed, and at most loses samples', () => {
    const bytes = Buffer.concat(session);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        expect(parse([damaged]).sink.samples.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 500 },
    );
  });
});
