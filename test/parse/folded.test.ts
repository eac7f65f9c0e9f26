import { describe, expect, test } from 'vitest';
import { MAX_RECORD_BYTES } from '../../src/parse/dialect.ts';
import { Feed } from '../../src/parse/feed.ts';
import { FoldedText } from '../../src/parse/folded.ts';
import { sniff } from '../../src/parse/sniffer.ts';
import { RecordingSink } from '../fixtures/recording-sink.ts';

function parse(...chunks: readonly string[]): RecordingSink {
  const sink = new RecordingSink();
  const feed = new Feed(new FoldedText(sink));
  for (const chunk of chunks) feed.push(Buffer.from(chunk));
  feed.end();
  return sink;
}

describe('folded stacks', () => {
  test('are read from the root to the leaf with their counts', () => {
    expect(parse('<main> /srv/i.php;a b;c 3\r\nx 1  \n\n').samples).toEqual([
      { frames: ['c :0', 'a b :0', '<main> /srv/i.php /srv/i.php:0'], metas: [], weight: 3 },
      { frames: ['x :0'], metas: [], weight: 1 },
    ]);
  });

  test.each(['a;b', 'a;b 1.5', 'a;b -3', 'a;b 0', 'a;b x', '5', 'a 99999999999999999999'])(
    '"%s" is counted as malformed',
    (line) => {
      const sink = parse(`${line}\nok 1\n`);
      expect(sink.drops).toEqual({ malformed: 1 });
      expect(sink.samples).toHaveLength(1);
    },
  );

  test('a last line without its end may lack digits and is counted as torn', () => {
    expect(parse('a 1\nb 2').drops).toEqual({ torn: 1 });
  });

  test('a line over the bound is skipped and counted once', () => {
    const sink = parse('a 1\n', 'x'.repeat(2 * MAX_RECORD_BYTES), ' 1\nb 2\n');
    expect(sink.drops).toEqual({ too_long: 1 });
    expect(sink.samples.map((sample) => sample.weight)).toEqual([1, 2]);
  });

  test('a stack that is too deep is counted with its weight', () => {
    expect(parse(`${'a;'.repeat(20_000)}a 7\n`).drops).toEqual({ too_deep: 7 });
  });
});

test.each([
  ['a;b 7\n', 'folded'],
  ['main 7\n', 'folded'],
  ['0 main 7\n', 'folded'],
  ['0 <main> /srv/my app 2/index.php:1\n', 'phpspy'],
  ['0 f <internal>:-1\n', 'phpspy'],
  ['# uri = /x 7', 'phpspy'],
  ['\u0089', 'stream'],
])('the first bytes %j are taken for %s', (text, expected) => {
  expect(sniff(Buffer.from(text, 'latin1'), true)).toBe(expected);
});

test('a dialect is not guessed before the first line is whole', () => {
  expect(sniff(Buffer.from('a;b 7'), false)).toBeUndefined();
});
